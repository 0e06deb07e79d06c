#!/bin/sh
# npm run check: types, lint, form, structure and what is generated of the sources. npm run format (--write) mends the form, of the C++ too.
set -eu
root=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$root/tools/common.sh"
cd "$root"
PATH=$node_bin:$PATH
biome=node_modules/@biomejs/cli-linux-x64/biome
for program in "$biome" node_modules/.bin/tsc; do
  [ -x "$program" ] || fail "the linters are not set up yet. Run: npm run setup dev"
done
case ${1-} in
  --write)
    "$biome" check --write .
    sh tools/format-native.sh --write
    ;;
  '') node_modules/.bin/tsc --noEmit && "$biome" check --error-on-warnings . && node tools/structure.ts && node tools/comments.ts &&
    exec node tools/contract/generate.ts --check ;;
  *) echo "usage: check.sh [--write]" >&2 && exit 2 ;;
esac
