#!/bin/bash
# The C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer, those with threads under ThreadSanitizer.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
. ci/cpp.sh
rooms="core input control transport capture client encode"
threaded="transport control"
abi="abi_(misuse|round_trip.*)"
# Less optimised and with fewer symbols than usual: compiling takes less than half as long, and the reports still name file and line. gcc's
# warnings are errors in the other builds; at this level some are false.
flags=(-DCMAKE_BUILD_TYPE=RelWithDebInfo "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g1" "-DCMAKE_C_FLAGS_RELWITHDEBINFO=-O1 -g1"
  -DPUNKTFUNK_WERROR=OFF)
targets() { printf 'test_%s ' "$@"; }
# shellcheck disable=SC2086 # lists of words
build asan "$(targets $rooms) abi_tests" -DPUNKTFUNK_TESTS=ON -DPUNKTFUNK_SANITIZE=address,undefined "${flags[@]}" &&
  run_ctest asan -j 2 -R "^(${rooms// /|}|$abi)\$"
# shellcheck disable=SC2086
build tsan "$(targets $threaded) abi_tests" -DPUNKTFUNK_TESTS=ON -DPUNKTFUNK_SANITIZE=thread "${flags[@]}" &&
  run_ctest tsan -j 2 -R "^(${threaded// /|}|$abi)\$"
finish
