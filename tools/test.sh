#!/bin/bash
# npm test: sets up what is missing and runs the tests. The last line is
# "N passed, N failed".
#   npm test            what tells most about a change, in about ten minutes
#   npm run test:all    everything: containers, virtual machines, packages,
#                       sanitizers and fuzzers too; an hour
#   tools/test.sh ci    as long as CI lets it: npm test, then of the rest what
#                       fits, another third first each time (.ci/run)
#   tools/test.sh STEP...
#                       steps of ci/ by name
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/common.sh"
. "$root/tools/steps.sh"
. "$root/tools/user.sh"
cd "$root" || exit 1
case ${1-} in -h | --help) sed -n '2,/^set/{s/^# \{0,1\}//p;}' "$0" && exit ;; esac

# The tests of root's checkout run as an ordinary user. Where that is closed to him (it lies in /root) and cannot be shown to him either (a
# container without mounts), they run in a copy, which keeps what was built in it.
if [ "$(id -u)" = 0 ] && need_user && ! can_read_checkout && ! unshare --mount --propagation private true 2>/dev/null; then
  copy=/var/cache/punktfunk/tests-$(printf %s "$root" | cksum | cut -d' ' -f1)
  echo "The tests run in a copy, $copy: this checkout is closed to user $user."
  umask 022
  mkdir -p "$copy" && find "$copy" -mindepth 1 -maxdepth 1 ! -name node_modules ! -name build ! -name .tap -exec rm -rf {} + &&
    tar -cf - --exclude=./node_modules --exclude=./build --exclude=./.tap . | tar -C "$copy" -xf - --no-same-owner && chmod -R go+rX "$copy" || exit 1
  exec bash "$copy/tools/test.sh" "$@"
fi
began=$SECONDS
gone() { printf '%d:%02d' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60)); }

limit_minutes='' first_third=''
case ${1-} in
  '') steps=$quick_steps ;;
  all) steps="$quick_steps ${thirds[*]}" ;;
  ci)
    turn=$(turn_of_checkout)
    steps="$quick_steps $(steps_of_turn "$turn")" first_third=${thirds[$((turn % 3))]} limit_minutes=$ci_minutes
    ;;
  *)
    steps=$*
    for step in $steps; do
      if [[ " $quick_steps ${thirds[*]} " != *" $step "* ]]; then
        echo "There is no step \"$step\": $quick_steps ${thirds[*]}." >&2
        exit 2
      fi
    done
    ;;
esac

passed=0 failed=0 skips=() failures=() goal='' number=0
read -ra steps <<<"$steps"
# What a step needs is set up before the first one that needs it.
set_up() { # set_up STEP
  local wanted=all
  [[ " $quick_steps " != *" $1 "* ]] || wanted=dev
  [ "$goal" != all ] && [ "$goal" != "$wanted" ] || return 0
  goal=$wanted
  sh tools/setup.sh "$goal"
}
# Runs a step in a process group of its own, so that nothing of it outlives it, or this script.
job=''
kill_job() {
  [ -z "$job" ] || kill -s KILL -- "-$job" 2>/dev/null
}
end_job() {
  [ -n "$job" ] && kill -s TERM -- "-$job" 2>/dev/null || return
  for _ in {1..100}; do
    kill -0 "$job" 2>/dev/null || return
    sleep 0.1
  done
  kill_job
}
trap 'end_job; exit 130' INT TERM HUP
trap kill_job EXIT
run_step() { # run_step STEP OUTPUT: sets over when its time was
  local deadline=''
  over=''
  [ -z "$limit_minutes" ] || deadline=$((began + limit_minutes * 60))
  : >"$2"
  set -m
  "$node_bin/node" "ci/$1.ts" >"$2" 2>&1 </dev/null &
  job=$!
  set +m
  tail -n +1 -f --pid=$job "$2" &
  while kill -0 "$job" 2>/dev/null; do
    if [ -n "$deadline" ] && [ $SECONDS -ge "$deadline" ]; then
      over=yes
      end_job
    fi
    sleep 0.5
  done
  kill_job
  job=''
  wait # for tail, which has more to show
}

mkdir -p build/test-logs
echo "${#steps[@]} steps: ${steps[*]}"
for step in "${steps[@]}"; do
  number=$((number + 1))
  say "
== $number of ${#steps[@]}: $step ($(gone) gone, about ${takes_minutes[$step]} min)"
  # Whose turn it is begins while there is any time; the others when they fit.
  needed=${takes_minutes[$step]}
  [[ " $quick_steps $first_third " != *" $step "* ]] || needed=1
  if [ -n "$limit_minutes" ] && [ $(((SECONDS - began) / 60 + needed)) -gt "$limit_minutes" ]; then
    skips+=("$step: $(gone) of $limit_minutes minutes are gone, and it may take ${takes_minutes[$step]}; it comes first with one of the next commits")
    echo "skipped: ${skips[-1]}"
    continue
  fi
  if ! set_up "$step"; then
    failed=$((failed + 1))
    failures+=("$step: its set-up")
    echo "FAILED: the set-up for $step"
    break
  fi
  output=build/test-logs/step-$step.txt
  run_step "$step" "$output"
  # A step that ends without its count is one failure; but one that a slow machine had no more time for counts with what it said until then.
  ok='' bad=''
  read -r ok bad < <(sed -n '$ s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$output")
  if [ -z "$bad" ] && [ -n "$over" ] && [[ " $quick_steps " != *" $step "* ]]; then
    ok=$(grep -c '^ok: ' "$output") bad=$(grep -c '^FAILED: ' "$output")
    skips+=("the rest of $step: the $limit_minutes minutes are over; it comes first with one of the next commits")
    echo "skipped: ${skips[-1]}"
  fi
  passed=$((passed + ${ok:-0}))
  failed=$((failed + ${bad:-1}))
  # Of each its name, and the first line of its reason.
  while read -r line; do failures+=("$step: $line"); done < <(
    awk '/^ +[^ ]/ && name { sub(/^ +/, ""); name = name " - " $0 } name { print name; name = "" }
      sub(/^FAILED: /, "") { name = $0 } END { if (name) print name }' "$output"
  )
  if [ -z "$bad" ]; then
    failures+=("$step: it ended without a count")
    echo "FAILED: $step ended without a count"
  fi
  while read -r line; do skips+=("$line"); done < <(sed -n 's/^skipped: //p' "$output")
done

if [ ${#skips[@]} -gt 0 ]; then
  say "
== skipped: ${#skips[@]}"
  printf '  %s\n' "${skips[@]}"
fi
# Again at the end: whoever reads only the last lines of an hour's output finds what to mend.
if [ ${#failures[@]} -gt 0 ]; then
  say "
== failed: ${#failures[@]}"
  printf '  %s\n' "${failures[@]}"
fi
say "
== done ($(gone))"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
