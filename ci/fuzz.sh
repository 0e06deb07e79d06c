#!/bin/bash
# Every fuzzer for a bounded time: PUNKTFUNK_FUZZ_SECONDS each (8).
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
. ci/cpp.sh
seconds=${PUNKTFUNK_FUZZ_SECONDS:-8}
# The libFuzzer of older releases comes with a clang whose warnings are not ours to follow: gcc's are errors elsewhere.
if build fuzz "$(basename -as .cpp native/fuzz/fuzz_*.cpp | tr '\n' ' ')" -DPUNKTFUNK_FUZZ=ON -DCMAKE_C_COMPILER=clang \
  -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=RelWithDebInfo "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g1" -DPUNKTFUNK_WERROR=OFF; then
  for source in native/fuzz/fuzz_*.cpp; do
    fuzzer=$(basename "$source" .cpp)
    check "$fuzzer" env -C "$scratch" "$root/build/fuzz/native/fuzz/$fuzzer" -max_total_time="$seconds" -print_final_stats=1
  done
fi
finish
