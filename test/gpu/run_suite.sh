#!/usr/bin/env bash
# The GPU suite from end to end without a GPU: prepared, built as on a GPU machine, refused where
# there is no driver, and run on a driver whose GPU is the CPU.
# usage: run_suite.sh MIXIR_GPU_SUITE HOST_CUDA_DRIVER
set -euo pipefail

prepare=$1 driver=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work

# expect TEXT FILE
expect() {
  grep -q -- "$1" "$2" || {
    echo "expected '$1' in:"
    cat "$2"
    exit 1
  }
}

folder=$work/suite checks=1
cases="seq_decode8,full_g1,complex_a,mamba2/packed_empty,selective_scan bf16,gla f32"
if ! "$prepare" -o "$folder" --arch sm_90 --small --sources-only --filter "$cases" \
  >"$work/prepare.log" 2>&1; then
  cat "$work/prepare.log"
  expect "no golden tensors" "$work/prepare.log" # then only times are tried
  checks=0
fi

# The images of this driver are sources.
for source in "$folder"/programs/*/*.cu; do
  cp "$source" "${source%.cu}.cubin"
  cp "$source" "${source%.cu}.ptx"
done
cd "$work"
export CXXFLAGS=-O0 OUT=$work/out

# no driver: one clear line and an exit code
code=0
MIXIR_CUDA_DRIVER=$work/nothing.so "$root/bench/gpu/run.sh" "$folder" >none.log 2>&1 || code=$?
expect "error: MIXR0027: no cuda driver" none.log
[ "$code" -eq 3 ] || { echo "expected exit code 3 without a driver, got $code"; exit 1; }

export MIXIR_CUDA_DRIVER=$driver
parts="sanitize time peers"
[ "$checks" = 0 ] || parts="check $parts"
MIXIR_GPU_PARTS=$parts "$root/bench/gpu/run.sh" "$folder" | tee run.log
[ "$checks" = 0 ] || expect "cases within tolerance" run.log
expect "== time: ok" run.log
expect "== memcheck: " run.log
expect "Mixir on Host CPU" out/results.md
expect "nearest" out/results.md
expect '"graph_us": [0-9.]*[1-9]' out/results.json

# a result that is wrong is found
if [ "$checks" = 1 ]; then
  victim=$(find "$folder/check" -name '0.out.y.npy' -path '*full_g1*' | head -n 1)
  printf '\x00\x00\x00\x00\x00\x00\x59\x40' | dd of="$victim" bs=1 seek=128 conv=notrunc status=none
  code=0
  "$folder/suite" check "$folder" --filter full_g1 >wrong.log 2>&1 || code=$?
  [ "$code" -eq 1 ] || { echo "expected exit code 1 for a wrong result, got $code"; exit 1; }
  expect "FAILED mamba/full_g1" wrong.log
  expect "expected 100.0" wrong.log
fi

python3 -c 'import ast, sys; [ast.parse(open(p).read()) for p in sys.argv[1:]]' "$root"/bench/gpu/*.py
if command -v shellcheck >/dev/null; then shellcheck "$root"/bench/gpu/*.sh "$root/test/gpu/run_suite.sh"; fi
echo "the suite runs"
