# shellcheck shell=bash
# Runs a file of TypeScript tests and counts its cases one by one; sourced after common.sh.
# shellcheck disable=SC2154

tap_file() { # tap_file FILE [VARIABLE=VALUE...]
  local file=$1 name log rc=0 line case_
  name=$(basename "$file" .test.ts)
  log=$logs/$step-$name.log
  shift
  env TMPDIR="$scratch" "$@" node "$file" >"$log" 2>&1 || rc=$?
  while read -r line; do
    case_=${line#*ok [0-9]* - }
    case_=${case_%% # time=*}
    case $line in
      *'# SKIP'*) echo "skipped: $name: ${case_%% # SKIP*}: ${line##*# SKIP }" ;;
      'ok '*) echo "ok: $name: $case_" && pass 1 ;;
      *) flunk 1 "$name: $case_" ;;
    esac
  done < <(grep -E '^(not )?ok [0-9]+ - ' "$log")
  [ "$rc" = 0 ] && return
  # A file that died before its first case is a failure too.
  grep -q '^not ok' "$log" || flunk 1 "$name (all of it in $log)"
  grep -E '^ *not ok' -A 14 "$log" | head -n 60
  grep -q '^ok' "$log" || tail -n 20 "$log"
}
