# shellcheck shell=sh
# shellcheck disable=SC2030,SC2031 # the places run where the lines are read
# One counting line a step; sourced by setup.sh and bench.sh after common.sh.

# counted LABEL LOG PLACE COMMAND...: runs the command, keeps all that it says in LOG, and shows how far it is. PLACE is called for each
# $line and sets $part of $whole, and $doing, when the line tells. The exit status is the command's.
counted() {
  label=$1 log=$2 place=$3
  shift 3
  {
    status=0
    "$@" 2>&1 </dev/null 9>&- || status=$? # 9: the lock of the set-up, not for what a package starts
    printf '\nended %s\n' "$status"
  } | {
    doing='' part='' whole='' shown='' status=1
    [ ! -t 1 ] || printf '  %s …' "$label"
    while IFS= read -r line; do
      case $line in 'ended '[0-9]*) status=${line#ended } && continue ;; esac
      printf '%s\n' "$line" >&4
      $place
      [ $((${part:-0} * ${whole:-0})) -gt 0 ] || continue
      if [ "$whole" = 100 ]; then at="$doing $part %"; else at="$doing $part/$whole"; fi
      if [ -t 1 ]; then
        [ "$at" = "$shown" ] || printf '\r\033[K  %s: %s' "$label" "${at# }"
        shown=$at
      elif [ "$doing$((part * 4 / whole))" != "$shown" ]; then # each quarter, a line
        shown=$doing$((part * 4 / whole))
        printf '  %s: %s\n' "$label" "${at# }"
      fi
    done 4>"$log"
    [ ! -t 1 ] || printf '\r\033[K'
    exit "$status"
  }
}
# Ninja: [12/140] Building…
ninja_place() {
  case $line in
    '['[0-9]*/[0-9]*']'*)
      part=${line%%/*} part=${part#[}
      whole=${line%%]*} whole=${whole#*/}
      ;;
  esac
}
# Why a tool failed, as far as its own words tell: one sentence for each cause, and none that is guessed.
cause_in() {
  if grep -qiE 'temporary failure resolving|could not (connect|resolve)|unable to connect|connection (failed|timed out|refused|reset)|network is unreachable|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT' "$1"; then
    echo "The network did not answer. Is it up? Then run the same command again: it goes on from here."
  elif grep -qiE 'no space left|ENOSPC|enough free space' "$1"; then
    echo "The disk is full."
  elif grep -qiE 'EACCES|EPERM|permission denied' "$1"; then
    echo "A file is closed to this user."
  elif grep -qiE 'certificate|SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY' "$1"; then
    echo "A server's certificate was not believed: is the clock right, and does this network have certificates of its own (NODE_EXTRA_CA_CERTS for npm)?"
  else
    echo "Its own words are above."
  fi
}
