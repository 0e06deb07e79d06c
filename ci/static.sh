#!/bin/bash
# Types, lint, form, shell scripts.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
check "type check" tsc --noEmit
check "lint" node_modules/@biomejs/cli-linux-x64/biome check --error-on-warnings .
# Each release of clang-format breaks some lines otherwise; ours is Debian 12's.
if needs clang-format "form of the C++ files"; then
  release=$(clang-format --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
  if [ "$release" = 14 ]; then
    check "form of the C++ files" sh tools/format-native.sh
  else
    skip "form of the C++ files" "they have the form of clang-format 14, and this is $release"
  fi
fi
# shellcheck disable=SC2046 # a list of files
needs shellcheck "shell scripts" && check "shell scripts" shellcheck -x $(git ls-files '*.sh') $(git grep -lE '^#!/bin/(ba)?sh' -- ':!*.sh')
finish
