#!/bin/bash
# The C++ tests.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
. ci/cpp.sh
build native "all tests" -DPUNKTFUNK_TESTS=ON && run_ctest native -j 2
finish
