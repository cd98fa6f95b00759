#!/bin/sh
# Installs what cascade needs on Debian 12: the build's packages and, with --tests, those of the tests and checks.
# Does nothing when all are there. As another user than root it calls sudo.
set -eu

packages="
  ca-certificates git
  g++ cmake ninja-build
  libeigen3-dev libfmt-dev libtbb-dev libyaml-cpp-dev nlohmann-json3-dev libcli11-dev librandom123-dev
  libhnswlib-dev libxgboost-dev
"
tests="
  catch2
  libopenmpi-dev openmpi-bin
  clang libclang-rt-14-dev clang-format cppcheck
  python3 python3-numpy python3-scipy python3-sklearn python3-jsonschema python3-yaml python3-torch
"

case "${1:-}" in
  "") ;;
  --tests) packages="$packages $tests" ;;
  *)
    echo "usage: $0 [--tests]" >&2
    exit 2
    ;;
esac

missing=""
for package in $packages; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

root=""
[ "$(id -u)" = 0 ] || root=sudo
export DEBIAN_FRONTEND=noninteractive
$root apt-get update
# shellcheck disable=SC2086  # a list of words
$root apt-get install -y --no-install-recommends $missing
