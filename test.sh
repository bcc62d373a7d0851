#!/usr/bin/env bash
# Sets up and builds if needed, then runs every test: GoogleTest programs, lit, house checks and
# consumer projects. The last line is "N passed, N failed"; logs are in build/test-logs.
# usage: ./test.sh [-b BUILD_FOLDER] [CTEST_OPTION...]        e.g. ./test.sh -L checks
# environment: MIXIR_GOLDEN_DIR  golden tensors (default: ../shared/golden; absent: those are skipped)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$root/build
if [ "${1:-}" = -b ]; then
  mkdir -p "$2"
  build=$(cd "$2" && pwd)
  shift 2
fi

if ! "$root/cmake/setup/build.sh" "$build"; then
  echo "0 passed, 1 failed"
  exit 1
fi
exec python3 "$root/cmake/setup/run_tests.py" --build "$build" -- "$@"
