#!/usr/bin/env bash
# Builds the runtime and the suite with the compiler of this machine: no CMake, no libraries.
# usage: bench/gpu/build.sh PROGRAM          environment: CXX (g++), CXXFLAGS (-O2)
set -euo pipefail

program=$(realpath -m "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
export objects CXX=${CXX:-g++} CXXFLAGS=${CXXFLAGS:--O2}

for source in runtime/*.cpp tools/Npy.cpp bench/gpu/suite/*.cpp; do
  case $source in
    runtime/Cache.cpp | runtime/CacheKey.cpp) ;; # for the compiler, with a library
    *) printf '%s\n' "$source" ;;
  esac
done >"$objects/sources"
# shellcheck disable=SC2016 # the inner shell expands it
xargs -P "$(nproc)" -n 1 sh -c '
  exec $CXX -std=c++17 $CXXFLAGS -I. -Iruntime/include -Iruntime \
    -c "$1" -o "$objects/$(echo "$1" | tr / _).o"' compile <"$objects/sources"
"$CXX" -pthread "$objects"/*.o -ldl -lm -o "$program"
