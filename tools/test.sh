#!/bin/bash
# npm test: sets up what is missing and runs every test. The last line is "N passed, N failed".
#   tools/test.sh [static|native|…]      the steps of ci/ to run; default: all of them
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/common.sh"
cd "$root" || exit 1
# What tells most about a change comes first, and what takes a minute before what takes ten.
all="static native typescript sanitizers loss-sweep release runners image image-base packages fuzz other-machines"
# Minutes that a step takes at most on two busy cores. With PUNKTFUNK_TEST_MINUTES set, a step that no longer fits is skipped and named.
declare -A takes_minutes=([native]=6 [typescript]=4 [sanitizers]=8 [image]=13 [packages]=6 [fuzz]=3 [other-machines]=3)
budget_minutes=${PUNKTFUNK_TEST_MINUTES:-}
steps=${*:-$all}
for step in $steps; do
  if [[ " $all " != *" $step "* ]]; then
    echo "There is no step \"$step\": ${all// /, }." >&2
    exit 2
  fi
done
began=$SECONDS
sh tools/setup.sh all || { echo "0 passed, 1 failed"; exit 1; }

passed=0 failed=0 skips=()
section() { say "
== $1 ($((SECONDS - began)) s)"; }
mkdir -p build/test-logs
for step in $steps; do
  section "$step"
  gone_minutes=$(((SECONDS - began) / 60))
  if [ -n "$budget_minutes" ] && [ $((gone_minutes + ${takes_minutes[$step]:-1})) -gt "$budget_minutes" ]; then
    skips+=("$step: $gone_minutes of $budget_minutes minutes are gone, and it may take ${takes_minutes[$step]:-1}")
    echo "skipped: ${skips[-1]}"
    continue
  fi
  output=build/test-logs/step-$step.txt
  bash "ci/$step.sh" 2>&1 | tee "$output"
  # A step that ends without its count is one failure.
  read -r ok bad < <(sed -n '$ s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$output")
  passed=$((passed + ${ok:-0}))
  failed=$((failed + ${bad:-1}))
  ok='' bad=''
  while read -r line; do skips+=("$line"); done < <(sed -n 's/^skipped: //p' "$output")
done

if [ ${#skips[@]} -gt 0 ]; then
  section "skipped: ${#skips[@]}"
  printf '  %s\n' "${skips[@]}"
fi
section "done"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
