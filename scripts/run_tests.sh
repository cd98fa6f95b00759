#!/bin/sh
# Every gate of the continuous integration, in the order in which they fail fastest; stops at the first that fails.
# The complete test run comes last. From a fresh clone on Debian 12.
set -eu
cd "$(dirname "$0")/.."

jobs=$(nproc)
step() { printf '\n== %s\n' "$*"; }

step "packages"
sh scripts/install_packages.sh --tests

step "formatting (clang-format)"
git ls-files -z -- '*.h' '*.cpp' '*.inc' | xargs -0 clang-format --dry-run --Werror

step "static analysis (cppcheck)"
cppcheck --quiet --error-exitcode=1 --enable=warning,portability --inline-suppr --std=c++20 -j "$jobs" \
  --suppressions-list=scripts/cppcheck_suppressions.txt -I src -I . src stages

step "clang, warnings are errors, with the address and undefined-behaviour sanitizers"
cmake --preset asan
cmake --build --preset asan --parallel "$jobs"

step "fast tests under the sanitizers"
ctest --test-dir build/asan -L fast --parallel "$jobs" --output-on-failure --no-tests=error --progress

step "g++, warnings are errors"
cmake --preset dev
cmake --build --preset dev --parallel "$jobs"

step "every test"
ctest --test-dir build/dev --parallel "$jobs" --output-on-failure --no-tests=error
