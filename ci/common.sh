# shellcheck shell=bash
# What the steps of CI share; sourced, never run. Each step says "ok: …" or "FAILED: …" for each test, "skipped: …: reason" for what this
# machine cannot do, and "N passed, N failed" last.
# shellcheck disable=SC2034,SC2154

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/tools/common.sh"
cd "$root" || exit 1
PATH=$node_bin:$root/node_modules/.bin:$PATH
# Objects with debug information are the same whichever folder the checkout lies in.
export PATH CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
step=$(basename "$0" .sh)
logs=$root/build/test-logs
mkdir -p "$logs"
passed=0 failed=0

scratch=$(mktemp -d /tmp/punktfunk-test.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
chmod 1777 "$scratch"

pass() { passed=$((passed + $1)); }
flunk() { # flunk COUNT NAME
  failed=$((failed + $1))
  echo "FAILED: $2"
}
skip() { echo "skipped: $1: $2"; } # skip NAME REASON
# One check that passes or fails as a whole, or cannot be made here and says why (exit status 77): check NAME COMMAND...
check() {
  local name=$1 log status
  log=$logs/$step-${1//[ \/]/-}.log
  shift
  if "$@" >"$log" 2>&1; then
    echo "ok: $name"
    pass 1
  else
    status=$?
    if [ $status = 77 ]; then
      skip "$name" "$(cat "$log")"
    else
      tail -n 30 "$log"
      flunk 1 "$name"
    fi
    return 1
  fi
}
finish() {
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
