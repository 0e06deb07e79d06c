#!/bin/bash
# The erasure codes on aarch64: built by a cross-compiler, run by qemu-user, so that the NEON kernels are tested on every machine.
# Debian packages: g++-aarch64-linux-gnu, qemu-user.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
for tool in aarch64-linux-gnu-g++ qemu-aarch64; do
  command -v "$tool" >/dev/null || {
    skip "erasure codes on aarch64" "$tool is missing (Debian: g++-aarch64-linux-gnu, qemu-user)"
    finish
    exit
  }
done
build() {
  cmake -S native/test/core/fec_alone -B build/aarch64 -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_SYSTEM_NAME=Linux \
    -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ && cmake --build build/aarch64
}
check "build for aarch64" build
if [ "$failed" = 0 ]; then
  test_fec="qemu-aarch64 build/aarch64/test_fec"
  # Their names hold commas, which separate filters: each is a wildcard there.
  while read -r name; do
    # shellcheck disable=SC2086 # a command and its argument
    check "$name" $test_fec --test-case="${name//,/?}"
  done < <($test_fec --list-test-cases | grep -E '^[a-z0-9]+: ')
fi
finish
