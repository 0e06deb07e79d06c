#!/bin/bash
# The C++ tests.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
. ci/cpp.sh
build test all -DPUNKTFUNK_TESTS=ON && run_ctest test -j 2
finish
