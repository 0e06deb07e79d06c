#!/bin/bash
# The erasure codes as machines of other kinds run them, so that every kernel is tested on every machine: NEON, built by a cross-compiler
# and run by qemu-user; GFNI and AVX-512, their instructions written out in plain C++. Debian packages: g++-aarch64-linux-gnu, qemu-user.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
build() { # build NAME CMAKE-OPTIONS...
  local directory=build/$1
  shift
  cmake -S native/test/core/fec_alone -B "$directory" -G Ninja -DCMAKE_BUILD_TYPE=Release "$@" && cmake --build "$directory"
}
each_test() { # each_test NAME COMMAND...: one check for each case of the program
  local name=$1 case_
  shift
  # Their names hold commas, which separate filters: each is a wildcard there.
  while read -r case_; do
    check "$name: $case_" "$@" --test-case="${case_//,/?}"
  done < <("$@" --list-test-cases | grep -E '^[a-z0-9]+: ')
}

if grep -qw avx2 /proc/cpuinfo; then
  check "gfni: build" build gfni -DPUNKTFUNK_EMULATE_GFNI=ON && each_test gfni build/gfni/test_fec
else
  skip "gfni" "what is emulated stands beside AVX2, which this machine lacks"
fi
missing=''
for tool in aarch64-linux-gnu-g++ qemu-aarch64; do command -v "$tool" >/dev/null || missing="$missing $tool"; done
if [ -n "$missing" ]; then
  skip aarch64 "missing:$missing (Debian: g++-aarch64-linux-gnu, qemu-user)"
else
  check "aarch64: build" build aarch64 -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ &&
    each_test aarch64 qemu-aarch64 build/aarch64/test_fec
fi
finish
