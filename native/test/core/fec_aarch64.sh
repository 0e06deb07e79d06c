#!/bin/sh
# The erasure codes' tests on aarch64: built by a cross-compiler, run by qemu-user, so that the NEON kernels are tested on every
# machine. Needs g++-aarch64-linux-gnu, qemu-user, doctest-dev and nlohmann-json3-dev.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
build=${1:-$root/build/aarch64}
compiler=${CXX_AARCH64:-aarch64-linux-gnu-g++}
for tool in "$compiler" qemu-aarch64; do
  command -v "$tool" > /dev/null || { echo "fec_aarch64.sh: $tool is missing: apt-get install g++-aarch64-linux-gnu qemu-user" >&2; exit 2; }
done
mkdir -p "$build/include"
# Header-only libraries, without the rest of the host's headers.
ln -sfn /usr/include/doctest "$build/include/doctest"
ln -sfn /usr/include/nlohmann "$build/include/nlohmann"
printf '#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN\n#include <doctest/doctest.h>\n' > "$build/main.cpp"
"$compiler" -std=c++20 -O2 -static -Wall -Wextra -Werror -DPUNKTFUNK_TESTDATA="\"$root/native/test/testdata\"" \
  -I"$root/native" -isystem "$build/include" \
  "$build/main.cpp" "$root"/native/core/fec/*.cpp "$root/native/core/status.cpp" \
  "$root/native/test/core/fec_gf8.cpp" "$root/native/test/core/fec_gf16.cpp" -o "$build/test_fec"
qemu-aarch64 "$build/test_fec"
