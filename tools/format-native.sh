#!/bin/sh
# Checks the form of the C++ files, or brings it about with --write.
set -eu
cd "$(dirname "$0")/.."
case ${1-} in --write) mode=-i ;; '') mode='--dry-run --Werror' ;; *) echo "usage: format-native.sh [--write]" >&2; exit 2 ;; esac
command -v clang-format >/dev/null || { echo "punktfunk: clang-format is missing. Run: npm run setup dev" >&2; exit 1; }
# shellcheck disable=SC2086 # a list of words
git ls-files -z '*.cpp' '*.h' | xargs -0 clang-format $mode
