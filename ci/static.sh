#!/bin/bash
# Types, lint, form, structure, comments, shell scripts.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
check "type check" tsc --noEmit
check "lint" node_modules/@biomejs/cli-linux-x64/biome check --error-on-warnings .
check "structure" node tools/structure.ts
check "comments" node tools/comments.ts
check "native/contract is what src/contract says" node tools/contract/generate.ts --check
check "form of the C++ files" sh tools/format-native.sh
# shellcheck disable=SC2046 # a list of files
needs shellcheck "shell scripts" && check "shell scripts" shellcheck -x $(git ls-files '*.sh') $(git grep -lE '^#!/bin/(ba)?sh' -- ':!*.sh')
finish
