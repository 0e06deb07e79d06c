#!/bin/bash
# The fleet program in ci/runners: its own packages, its types, its tests. Nothing here reaches a machine but loopback.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
here=$root/ci/runners

made_from=$(sha256sum "$here/package-lock.json" | cut -d' ' -f1)
install() {
  # No script of any package is run: Pulumi's providers would fetch programs.
  npm --prefix "$here" ci --ignore-scripts --no-audit --no-fund --loglevel=error && stamp runners "$made_from"
}
if [ -d "$here/node_modules" ] && fresh runners "$made_from"; then
  echo "The packages of ci/runners are there."
else
  check "packages of ci/runners, as its lock file has them" install || true
fi
check "types of ci/runners" tsc --noEmit -p "$here"

# A test file's cases count one by one.
test_file() {
  local name=${1##*/} log counts
  log=$logs/runners-$name.log
  env TMPDIR="$scratch" node "$1" >"$log" 2>&1
  local rc=$?
  sed -n 's/^ok [0-9]* - \(.*\) # SKIP *\(.*\)/skipped: \1: \2/p' "$log"
  counts=$(grep -cE '^ok [0-9]+ - ' "$log")
  while read -r line; do echo "ok: ${name%.test.ts}: $line"; done < <(grep -v '# SKIP' "$log" | sed -n 's/^ok [0-9]* - \(.*\)/\1/p' | sed 's/ # time=.*//')
  pass $((counts - $(grep -c '^ok .*# SKIP' "$log")))
  while read -r line; do flunk 1 "${name%.test.ts}: $line"; done < <(sed -n 's/^not ok [0-9]* - \(.*\)/\1/p' "$log")
  if [ $rc != 0 ]; then
    grep -q '^not ok' "$log" || flunk 1 "$name"
    grep -E '^ *not ok' -A 14 "$log" | head -n 60
    grep -q '^TAP version' "$log" || tail -n 20 "$log"
  fi
}
for file in "$here"/*.test.ts; do test_file "$file"; done
finish
