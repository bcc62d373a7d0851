#!/usr/bin/env bash
# Runs a prepared GPU suite on the machine with the GPU: checks, sanitizers, times, peers.
# usage: bench/gpu/run.sh [DIR]          DIR: what mixir-gpu-suite wrote (default: build/gpu-suite)
# Needs a C++17 compiler and a CUDA driver; python3 for the tables and the peers.
# Results go to $OUT, else to bench/results/<name of the GPU>/. Environment: CXX; MIXIR_GPU_SECONDS
# (that all of it may take, 560); MIXIR_GPU_PARTS (default: "build check sanitize time peers").
# Exit code: 0 if every part that could run was good, 3 without a GPU.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 2
suite=$(cd "${1:-build/gpu-suite}" 2>/dev/null && pwd) || suite=
if [ -z "$suite" ] || [ ! -f "$suite/suite.txt" ]; then
  echo "error: '${1:-build/gpu-suite}' is no GPU suite; mixir-gpu-suite -o DIR writes one" >&2
  exit 2
fi
seconds=${MIXIR_GPU_SECONDS:-560}
parts=" ${MIXIR_GPU_PARTS:-build check sanitize time peers} "
# Small ones with several kernels, ragged tiles, decode steps, complex numbers and route tables.
sanitized=mamba/full_g1,mamba/complex_a,mamba_decode/flat,mamba2/scan_g1,gla/

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=$work/status.txt
: >"$status"
failed=0

left() { echo $((seconds - SECONDS)); }

# note PART STATE TEXT: a line for the results
note() {
  printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$status"
  echo "== $1: $2${3:+ ($3)}"
  [ "$2" != failed ] || failed=1
}

# part NAME SECONDS COMMAND...: runs it with a limit; its output is NAME.log
part() {
  local name=$1 limit=$2 code
  shift 2
  [ "$limit" -le "$(left)" ] || limit=$(left)
  if [ "$limit" -lt 5 ]; then
    note "$name" skipped "no time is left; MIXIR_GPU_SECONDS allows more"
    return 1
  fi
  echo "== $name: $*"
  timeout -k 5 "$limit" "$@" 2>&1 | tee "$work/$name.log"
  code=${PIPESTATUS[0]}
  case $code in
    0) note "$name" ok "$(tail -n 1 "$work/$name.log")" ;;
    124 | 137) note "$name" failed "stopped after $limit s" ;;
    *) note "$name" failed "exit code $code: $(tail -n 1 "$work/$name.log")" ;;
  esac
  return "$code"
}

wanted() { [[ $parts == *" $1 "* ]]; }

if wanted build; then
  part build 180 bench/gpu/build.sh "$suite/suite" || exit 1
fi
if ! "$suite/suite" device "$suite" >"$work/device.txt" 2>"$work/device.log"; then
  cat "$work/device.log" >&2
  exit 3
fi
cat "$work/device.txt"
if ! compgen -G "$suite/programs/*/*.cubin" >/dev/null; then
  if command -v nvcc >/dev/null; then # sources alone were prepared
    capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader -i 0 | tr -d '. ')
    for source in "$suite"/programs/*/sm_"$capability".cu; do
      echo "$source"
    done >"$work/sources"
    # shellcheck disable=SC2016 # the inner shell expands it
    part compile 200 xargs -a "$work/sources" -P "$(nproc)" -I{} sh -c \
      'nvcc -w -cubin -arch="$1" "$2" -o "${2%.cu}.cubin"' compile "sm_$capability" {}
  else
    note compile failed "the suite has no machine code and there is no nvcc"
  fi
fi

if wanted check; then
  part check 150 "$suite/suite" check "$suite" --json "$work/check.json"
  part check-ptx 60 "$suite/suite" check "$suite" --image ptx --filter "$sanitized"
fi
if wanted sanitize; then
  sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null)
  for tool in memcheck racecheck; do
    if [ -n "$sanitizer" ]; then
      part "$tool" 75 "$sanitizer" --tool "$tool" --error-exitcode 9 \
        "$suite/suite" check "$suite" --filter "$sanitized"
    else
      note "$tool" skipped "no compute-sanitizer"
    fi
  done
fi
if wanted time; then
  part time 240 "$suite/suite" time "$suite" --json "$work/time.json"
fi
if wanted peers; then
  if python3 -c 'import torch; torch.cuda.init()' 2>"$work/peers.log"; then
    part peers 300 python3 bench/gpu/peers.py "$suite" --json "$work/peers.json" \
      --seconds $(($(left) > 300 ? 260 : $(left) - 40))
  else
    note peers skipped "$(tail -n 1 "$work/peers.log")"
  fi
fi

name=$(sed 's/,.*//; s/[^A-Za-z0-9]/-/g' "$work/device.txt" | head -n 1)
out=${OUT:-$root/bench/results/$name}
mkdir -p "$out"
cat "$work"/*.log >"$out/log.txt"
if command -v python3 >/dev/null; then
  python3 bench/gpu/report.py "$work" "$out" --command "bench/gpu/run.sh ${1:-}" || failed=1
else
  cp "$status" "$work"/*.json "$out"
fi
echo "results in $out"
exit "$failed"
