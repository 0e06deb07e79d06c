#!/bin/sh
# Checks the form of the C++ files, or brings it about with --write. Each release of clang-format breaks some lines otherwise: ours comes
# with the other linters, the same on every machine.
set -eu
cd "$(dirname "$0")/.."
case ${1-} in --write) mode=-i ;; '') mode='--dry-run --Werror' ;; *) echo "usage: format-native.sh [--write]" >&2; exit 2 ;; esac
case $(uname -m) in aarch64) machine=arm64 ;; *) machine=x64 ;; esac
clang_format=node_modules/clang-format-node/bin/cfn-linux-$machine/clang-format
[ -x "$clang_format" ] || { echo "punktfunk: the linters are not set up yet. Run: npm run setup dev" >&2; exit 1; }
# shellcheck disable=SC2086 # a list of words
git ls-files -z -co --exclude-standard --deduplicate -- '*.cpp' '*.h' | xargs -0 "$clang_format" $mode
