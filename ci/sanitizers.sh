#!/bin/bash
# Every C++ test program under AddressSanitizer and UndefinedBehaviorSanitizer, and under ThreadSanitizer: ctest knows them, no list here
# can forget one. What is left out stands below, with its reason.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
. ci/cpp.sh
# Shapes of files, the same in every build.
left_out='abi_drift|abi_install'
# Less optimised and with fewer symbols than usual: compiling takes less than half as long, and the reports still name file and line. gcc's
# warnings are errors in the other builds; at this level some are false.
flags=(-DCMAKE_BUILD_TYPE=RelWithDebInfo "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g1" "-DCMAKE_C_FLAGS_RELWITHDEBINFO=-O1 -g1"
  -DPUNKTFUNK_WERROR=OFF)
build asan tests -DPUNKTFUNK_TESTS=ON -DPUNKTFUNK_SANITIZE=address,undefined "${flags[@]}" && run_ctest asan -j 2 -E "^($left_out)\$"
# A test of the sound forks with threads about: ThreadSanitizer ends such children unless it is told not to.
export TSAN_OPTIONS=die_after_fork=0
build tsan tests -DPUNKTFUNK_TESTS=ON -DPUNKTFUNK_SANITIZE=thread "${flags[@]}" && run_ctest tsan -j 2 -E "^($left_out)\$"
finish
