#!/bin/bash
# Every fuzzer: first the corpus that is kept (native/fuzz/corpus), whole, then a bounded time on from there: PUNKTFUNK_FUZZ_SECONDS each
# (8). What makes one fail is kept in build/fuzz-findings, and belongs into its corpus once it is mended.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
. ci/cpp.sh
needs clang++ fuzzers || { finish; exit; }
seconds=${PUNKTFUNK_FUZZ_SECONDS:-8}
findings=$root/build/fuzz-findings
mkdir -p "$findings"
fuzz() { # fuzz FUZZER OPTIONS... FOLDERS...
  local fuzzer=$1
  shift
  env -C "$scratch" "$root/build/fuzz/native/fuzz/$fuzzer" -artifact_prefix="$findings/$fuzzer-" "$@" ||
    { echo "If a file is named above: it belongs into native/fuzz/corpus/$fuzzer once what it shows is mended." && return 1; }
}
on_from_there() {
  mkdir -p "$scratch/new/$1"
  fuzz "$1" -max_total_time="$seconds" -print_final_stats=1 "$scratch/new/$1" "$root/native/fuzz/corpus/$1"
}
# The libFuzzer of older releases comes with a clang whose warnings are not ours to follow: gcc's are errors elsewhere.
if build fuzz "$(basename -as .cpp native/fuzz/fuzz_*.cpp | tr '\n' ' ')" -DPUNKTFUNK_FUZZ=ON -DCMAKE_C_COMPILER=clang \
  -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=RelWithDebInfo "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g1" -DPUNKTFUNK_WERROR=OFF; then
  for source in native/fuzz/fuzz_*.cpp; do
    fuzzer=$(basename "$source" .cpp)
    check "$fuzzer: the kept corpus" fuzz "$fuzzer" -runs=0 "$root/native/fuzz/corpus/$fuzzer" && check "$fuzzer" on_from_there "$fuzzer"
  done
fi
finish
