# shellcheck shell=sh
# What the installed commands begin with; sourced by them.

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
# Small, and quick to start: compiled code is kept in the user's own place, malloc keeps few arenas. Where there is no such place nothing is
# kept: Node would wait for ever for a folder below /proc.
keep_lean() {
  MALLOC_ARENA_MAX=2
  export MALLOC_ARENA_MAX
  cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
  if [ -n "$cache" ] && mkdir -p "$cache/punktfunk" 2>/dev/null && [ -w "$cache/punktfunk" ]; then
    NODE_COMPILE_CACHE=$cache/punktfunk
    export NODE_COMPILE_CACHE
  else
    NODE_DISABLE_COMPILE_CACHE=1
    export NODE_DISABLE_COMPILE_CACHE
  fi
}
