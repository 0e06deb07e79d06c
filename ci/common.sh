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

# Tests run as an ordinary user, in a folder of theirs for what they write.
scratch=$(mktemp -d /tmp/punktfunk-test.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
chmod 1777 "$scratch"
as_user() { sh "$root/tools/as-user.sh" env TMPDIR="$scratch" XDG_CACHE_HOME="$scratch/cache" HOME="$scratch" "$@"; }

pass() { passed=$((passed + $1)); }
flunk() { # flunk COUNT NAME
  failed=$((failed + $1))
  echo "FAILED: $2"
}
# Runs a command whose output goes into a file; the lines of it that say how far it is are shown as they come.
show_while() { # show_while FILE PATTERN COMMAND...
  local file=$1 pattern=$2
  shift 2
  : >"$file"
  "$@" >"$file" 2>&1 &
  # Not a pipe: one that a test's child kept open would never end.
  tail -n +1 -f --pid=$! "$file" | grep --line-buffered -E "$pattern"
  wait $!
}
skip() { echo "skipped: $1: $2"; } # skip NAME REASON
# Whether a program is there; says what is skipped without it.
needs() { # needs PROGRAM NAME
  command -v "$1" >/dev/null || { skip "$2" "$1 is not installed" && return 1; }
}
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
