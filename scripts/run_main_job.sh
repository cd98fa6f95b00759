#!/bin/sh
# From a fresh clone on Debian 12 to a report: installs the packages, builds, runs the quickstart scenario.
set -eu
cd "$(dirname "$0")/.."

sh scripts/install_packages.sh
cmake --preset release
cmake --build --preset release --parallel "$(nproc)"
build/release/cascade run scenarios/quickstart.yaml -o out/quickstart
