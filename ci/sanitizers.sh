#!/bin/bash
# The C++ tests under AddressSanitizer and UndefinedBehaviorSanitizer, those with threads under ThreadSanitizer.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
. ci/cpp.sh
rooms="core input control transport capture client encode"
threaded="transport control"
targets() { printf 'test_%s ' "$@"; }
# shellcheck disable=SC2086 # lists of words
build asan "$(targets $rooms)" -DPUNKTFUNK_TESTS=ON -DPUNKTFUNK_SANITIZE=address,undefined -DCMAKE_BUILD_TYPE=RelWithDebInfo &&
  run_ctest asan -R "^(${rooms// /|})\$"
# shellcheck disable=SC2086
build tsan "$(targets $threaded)" -DPUNKTFUNK_TESTS=ON -DPUNKTFUNK_SANITIZE=thread -DCMAKE_BUILD_TYPE=RelWithDebInfo &&
  run_ctest tsan -R "^(${threaded// /|})\$"
finish
