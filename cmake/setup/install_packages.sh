#!/usr/bin/env bash
# Installs the Debian 12 packages that building and testing Mixir needs, and only those that are
# missing: on a machine that has them all it asks dpkg, installs nothing and needs no network.
# usage: install_packages.sh [--list] [--check]
#   --list   print the package names and stop
#   --check  print what is missing; exit 1 if anything is
set -euo pipefail

packages=(
  # build tools
  build-essential cmake ninja-build pkg-config ccache python3 python3-psutil
  # IR, tests (FileCheck, lit, not) and linking of kernels
  libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools lld-22
  # CPU code; clang-14 makes the bitcode that Halide 14 (on LLVM 14) links in
  libhalide14-0-dev clang-14
  # runtime, tools and tests
  libarchive-dev libfmt-dev nettle-dev nlohmann-json3-dev libdlpack-dev libgtest-dev
)

die() {
  printf 'error: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

list_missing() {
  local installed package
  installed=$(dpkg-query -W -f '${binary:Package} ${db:Status-Status}\n' 2>/dev/null |
    sed -n 's/^\([^ :]*\)[^ ]* installed$/\1/p')
  for package in "${packages[@]}"; do
    grep -qxF -- "$package" <<<"$installed" || printf '%s\n' "$package"
  done
}

require_debian_12() {
  local id='' version=''
  if [ -r /etc/os-release ]; then
    id=$(. /etc/os-release && printf '%s' "${ID:-}")
    version=$(. /etc/os-release && printf '%s' "${VERSION_ID:-}")
  fi
  [ "$id" = debian ] && [ "$version" = 12 ] || die \
    "expected Debian 12, got ${id:-an unknown system} ${version}" \
    "install the equivalents of these packages by hand, then" \
    "cmake --preset release && cmake --build build:" "${missing[*]}"
}

# Sets `privilege` to what has to stand before apt-get.
require_root() {
  if [ "$(id -u)" -eq 0 ]; then
    privilege=(env)
  elif command -v sudo >/dev/null 2>&1; then
    privilege=(sudo env)
  else
    die "installing packages needs root, and there is no sudo" \
      "as root: apt-get install --no-install-recommends ${missing[*]}"
  fi
}

apt() {
  "${privilege[@]}" DEBIAN_FRONTEND=noninteractive apt-get \
    -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

# Runs apt-get with its output in a log that is shown only when it fails.
quiet_apt() {
  local what=$1 log status=0
  shift
  log=$(mktemp)
  apt "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "$what failed (apt-get exit code $status)" \
      "is the network there, and is the disk not full (3.5 GB are needed)?"
  fi
  rm -f "$log"
}

require_candidates() {
  local package candidate absent=()
  for package in "${missing[@]}"; do
    candidate=$(LC_ALL=C apt-cache policy "$package" 2>/dev/null | sed -n 's/^  Candidate: //p')
    # "(none)" or nothing where no source offers the package
    case $candidate in '' | '('*) absent+=("$package") ;; esac
  done
  [ "${#absent[@]}" -eq 0 ] || die \
    "no package source offers: ${absent[*]}" \
    "LLVM 22 comes through the suite bookworm-security (component main)," \
    "everything else through bookworm; see /etc/apt/sources.list and sources.list.d"
}

main() {
  case ${1:-} in
  --list)
    printf '%s\n' "${packages[@]}"
    exit 0
    ;;
  '' | --check) ;;
  *) die "unknown option '$1', expected --list or --check" ;;
  esac
  if ! command -v dpkg-query >/dev/null 2>&1; then
    missing=("${packages[@]}")
    require_debian_12
  fi
  mapfile -t missing < <(list_missing)
  [ "${#missing[@]}" -gt 0 ] || exit 0
  if [ "${1:-}" = --check ]; then
    printf '%s\n' "${missing[@]}"
    exit 1
  fi
  require_debian_12
  require_root
  printf 'installing %d packages: %s\n' "${#missing[@]}" "${missing[*]}"
  quiet_apt "reading the package lists" update
  require_candidates
  quiet_apt "installing packages" install -y --no-install-recommends "${missing[@]}"
  mapfile -t missing < <(list_missing)
  [ "${#missing[@]}" -eq 0 ] || die "still missing after the installation: ${missing[*]}"
}

main "$@"
