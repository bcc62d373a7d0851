#!/bin/sh
# Compiles `cross` of routes.mix ahead of time and lets a simulator of caches (valgrind's cachegrind) count what one call
# reads from memory and brings into the last cache to write: a Markdown table, over the bytes of the operands.
# Usage: bench/routes/traffic.sh [BUILD]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "${1:-$root/build}" && pwd)
here=$root/bench/routes
out=$build/bench/traffic
mkdir -p "$out"

# Misses of the last cache, reads and writes.
misses() {
  valgrind --tool=cachegrind --cache-sim=yes --cachegrind-out-file="$out/counts" --LL="$1,16,64" "$out/traffic" \
    $2 "$3" > "$out/bytes" 2> "$out/log" || { cat "$out/log" >&2; exit 1; }
  awk '/^summary:/ { print $7 + $10 }' "$out/counts"
}

echo "| H = W | D | N | operands, MB | last cache of 32 MiB | of 8 MiB | of 2 MiB |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
for shape in "56 192 1" "56 192 16" "14 768 1" "14 768 16"; do
  set -- $shape
  "$build/bin/mixir" compile "$here/routes.mix" --mixer cross --set "N=$3" --isa avx2 -o "$out" # the simulator knows no AVX-512
  c++ -std=c++17 -O2 -I "$root/runtime/include" -I "$build/runtime/include" -I "$out" "$here/traffic.cpp" "$out/cross.o" \
    -L "$build/lib" -Wl,-rpath,"$build/lib" -lmixir_runtime -o "$out/traffic"
  row="| $1 | $2 | $3 |"
  bytes=
  for cache in 33554432 8388608 2097152; do
    none=$(misses $cache "$1 $1 $2 $3" 0)
    one=$(misses $cache "$1 $1 $2 $3" 1)
    if [ -z "$bytes" ]; then
      bytes=$(cat "$out/bytes")
      row="$row $(awk "BEGIN { printf \"%.1f\", $bytes / 1e6 }") |"
    fi
    row="$row $(awk "BEGIN { printf \"%.2f\", ($one - $none) * 64 / $bytes }") times |"
  done
  echo "$row"
done
