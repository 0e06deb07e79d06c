#!/bin/sh
# npm run check: marks of a merge, types, lint, form, structure and what is generated of the sources. npm run format (--write) mends the
# form, of the C++ too.
set -eu
root=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$root/tools/common.sh"
cd "$root"
PATH=$node_bin:$PATH
biome=node_modules/@biomejs/cli-linux-x64/biome
for program in "$biome" node_modules/.bin/tsc src/console/node_modules/.bin/openapi-typescript; do
  [ -x "$program" ] || fail "the linters are not set up yet. Run: npm run setup dev"
done
case ${1-} in
  --write)
    "$biome" check --write .
    sh tools/format-native.sh --write
    ;;
  '') ! git grep -nE '^(<<<<<<<|>>>>>>>) ' && node_modules/.bin/tsc --noEmit && node_modules/.bin/tsc --noEmit -p src/console &&
    "$biome" check --error-on-warnings . && node tools/structure.ts && node tools/comments.ts &&
    node tools/contract/generate.ts --check && node tools/manual/generate.ts --check && exec node tools/api/generate.ts --check ;;
  *) echo "usage: check.sh [--write]" >&2 && exit 2 ;;
esac
