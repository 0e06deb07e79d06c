#!/bin/bash
# The fleet program in ci/runners: its own packages, its types, its tests. Nothing here reaches a machine but loopback.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=ci/tap-file.sh
. ci/tap-file.sh
here=$root/ci/runners

made_from=$(sha256sum "$here/package-lock.json" | cut -d' ' -f1)
install() {
  # No script of any package is run: Pulumi's providers would fetch programs.
  npm --prefix "$here" ci --ignore-scripts --no-audit --no-fund --loglevel=error && stamp runners "$made_from"
}
if [ ! -d "$here/node_modules" ] || ! fresh runners "$made_from"; then
  check "packages as the lock file has them" install
fi
check "types" tsc --noEmit -p "$here"
for file in "$here"/*.test.ts; do tap_file "$file"; done
finish
