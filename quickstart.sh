#!/usr/bin/env bash
# From a fresh clone to a compiled selective scan on this machine: installs what is missing (Debian 12,
# root or sudo), builds into build/, compiles mixers/selective_scan.mix, runs it and prints a table.
# usage: ./quickstart.sh
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$root/build

if [ ! -x "$build/bin/mixir" ]; then
  echo "setting up and building Mixir (the first time takes some minutes; log in build/setup-logs)"
fi
"$root/cmake/setup/build.sh" "$build"

threads=1
[ "$(nproc 2>/dev/null || echo 1)" -ge 2 ] && threads=1,2
cd "$root"
echo "mixers/selective_scan.mix, compiled and run on generated input:"
for length in 512 1; do
  build/bin/mixir bench mixers/selective_scan.mix --set B=1 --set "L=$length" --set D=1536 \
    --threads "$threads"
done
echo "next: build/bin/mixir explain mixers/selective_scan.mix, ./test.sh, docs/language.md"
