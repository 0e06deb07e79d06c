#!/bin/sh
# Checks the form of the C++ files, or brings it about with --write. Exit status 77: another clang-format than ours is here, nothing was done.
set -eu
cd "$(dirname "$0")/.."
case ${1-} in --write) mode=-i ;; '') mode='--dry-run --Werror' ;; *) echo "usage: format-native.sh [--write]" >&2; exit 2 ;; esac
command -v clang-format >/dev/null || { echo "punktfunk: clang-format is missing. Run: npm run setup dev" >&2; exit 1; }
# Each release breaks some lines otherwise; ours is Debian 12's.
release=$(clang-format --version | sed -n 's/.*version \([0-9]*\).*/\1/p')
[ "$release" = 14 ] || { echo "the C++ files have the form of clang-format 14, and this is clang-format $release"; exit 77; }
# shellcheck disable=SC2086 # a list of words
git ls-files -z '*.cpp' '*.h' | xargs -0 clang-format $mode
