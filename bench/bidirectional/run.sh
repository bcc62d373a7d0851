#!/bin/sh
# Compiles bidirectional.mix ahead of time, builds the measurement and prints its table.
# Usage: bench/bidirectional/run.sh [BUILD] [SECONDS]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${1:-$root/build}" && pwd)
seconds=${2:-1}
here=$root/bench/bidirectional
out=$build/bench/bidirectional
mkdir -p "$out"
for mixer in selective selective_both quasiseparable quasiseparable_both; do
  "$build/bin/mixir" compile "$here/bidirectional.mix" --mixer "$mixer" -o "$out"
done
c++ -std=c++17 -O2 -I "$root/runtime/include" -I "$build/runtime/include" -I "$out" "$here/bidirectional.cpp" "$out"/*.o \
  -L "$build/lib" -Wl,-rpath,"$build/lib" -lmixir_runtime -o "$out/bidirectional"
for threads in 1 2; do
  "$out/bidirectional" "$threads" "$seconds"
done
