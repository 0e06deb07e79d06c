#!/bin/bash
# The TypeScript tests, the way from pairing to picture among them.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
log=$logs/tap.log
mkdir -p .tap && chmod -R a+rwX .tap
# shellcheck disable=SC2046 # a list of files
show_while "$log" '^(not )?ok ' as_user tap run --reporter=tap $(git ls-files '*.test.ts' ':!ci/')
counts=$(grep -E '^# \{ total:' "$log" | tail -n 1)
bad=$(sed -n 's/.*fail: \([0-9]*\).*/\1/p' <<<"$counts")
if [ -z "$counts" ]; then bad=1; fi
sed -n 's/^ *ok [0-9]* *-* *\(.*\) # SKIP *\(.*\)/skipped: \1: \2/p' "$log"
pass "$(sed -n 's/.*pass: \([0-9]*\).*/\1/p' <<<"${counts:-pass: 0}")"
if [ "${bad:-0}" != 0 ]; then
  grep -E '^ *not ok' -A 12 "$log" | head -n 80
  flunk "$bad" "TypeScript tests (all of it in $log)"
fi
finish
