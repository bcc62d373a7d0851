#!/usr/bin/env bash
# Set-up, configure and build in one step, shared by quickstart.sh and test.sh. Output goes to
# build/setup-logs and is shown only where something fails.
# usage: build.sh [BUILD_FOLDER]     (default: build/ in the source folder; Release, Ninja)
# environment: MIXIR_JOBS  parallel compile jobs (default: by cores and free memory)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${1:-$root/build}
logs=$build/setup-logs

# Runs a command with its output in a log; shows the end of the log when the command fails.
logged() {
  local name=$1 status=0
  shift
  "$@" >"$logs/$name.log" 2>&1 </dev/null || status=$?
  if [ "$status" -ne 0 ]; then
    # Compiler errors come before the end of a parallel build's log
    grep -E 'error:|FAILED:|CMake Error' "$logs/$name.log" | head -n 20 >&2 || true
    printf -- '--- end of %s\n' "$logs/$name.log" >&2
    tail -n 40 "$logs/$name.log" >&2
    printf 'error: %s failed (exit code %d)\n' "$name" "$status" >&2
    exit "$status"
  fi
}

# One job a core, but not more than memory holds: a file that includes MLIR takes up to 0.8 GB.
choose_jobs() {
  local cores memory
  cores=$(nproc 2>/dev/null || echo 2)
  memory=$(awk '/^MemAvailable:/ {print int($2 / 900000)}' /proc/meminfo 2>/dev/null || true)
  memory=${memory:-$cores}
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# A ccache that cannot write its folder would fail every compile.
check_ccache() {
  local folder
  folder=$(ccache --get-config cache_dir 2>/dev/null) || return 0
  if ! mkdir -p "$folder" 2>/dev/null || [ ! -w "$folder" ]; then
    export CCACHE_DISABLE=1
  fi
}

"$root/cmake/setup/install_packages.sh"
mkdir -p "$logs"
# Relative paths in the hash: a clone in another folder finds the same entries
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
check_ccache
# A configured folder configures itself again when a CMakeLists.txt changes
[ -f "$build/build.ninja" ] ||
  logged configure cmake -G Ninja -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release

# GCC sometimes cannot map a precompiled header where it was made; building on gets past it.
build_all() {
  local attempt status=0
  for attempt in 1 2 3; do
    cmake --build "$build" -j "${MIXIR_JOBS:-$(choose_jobs)}" && return 0 || status=$?
    grep -q 'PCH allocation failure' "$logs/build.log" || break
    echo "attempt $attempt ended there; building on"
  done
  return "$status"
}
logged build build_all
