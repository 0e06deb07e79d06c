# shellcheck shell=sh
# Which ordinary user root hands a command to, and with what; sourced after common.sh by as-user.sh and host.sh.
# shellcheck disable=SC2154

# Sets uid, gid, user, home, and drop: the words before a command that make it that user's. The user who called sudo, else the owner of the
# checkout, else the system user "punktfunk": Sway refuses root, and a host has no need of it.
find_user() {
  uid=${SUDO_UID:-0}
  [ "$uid" != 0 ] || uid=$(stat -c %u "$root")
  if [ "$uid" = 0 ] || ! getent passwd "$uid" >/dev/null; then uid=$(id -u punktfunk 2>/dev/null) || return 1; fi
  entry=$(getent passwd "$uid")
  user=${entry%%:*}
  home=$(printf '%s' "$entry" | cut -d: -f6)
  gid=$(id -g "$user")
  drop="setpriv --reuid=$uid --regid=$gid --init-groups --"
}
make_user() {
  { useradd --system --home-dir /var/lib/punktfunk --no-create-home --shell /usr/sbin/nologin punktfunk &&
    install -d -m 0700 -o punktfunk -g punktfunk /var/lib/punktfunk; } ||
    fail "the system user punktfunk could not be made (useradd)."
}
need_user() {
  find_user || { make_user && find_user; }
  $drop true 2>/dev/null || fail "root may not become user $user here (a container without the capabilities setuid and setgid). Start this as an ordinary user."
}

can_read_checkout() { $drop test -r "$root/package.json" -a -r "$root/src/main.ts" 2>/dev/null; }

# Runs a command as the user, in his environment. What root's shell knows, tokens among it, is none of his business, and his terminal is
# streamed: these names are handed on, and no others.
run_as() {
  for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' | sort -u); do
    case $name in
      PATH | PWD | LANG | LANGUAGE | LC_* | TZ | TERM | COLORTERM | NO_COLOR | FORCE_COLOR | COLUMNS | LINES) ;;
      PUNKTFUNK_* | MALLOC_ARENA_MAX | NODE_COMPILE_CACHE | NODE_DISABLE_COMPILE_CACHE) ;;
      WLR_* | XKB_DEFAULT_* | XCURSOR_*) ;; # what an administrator sets for the desktop
      TAP_* | *SAN_OPTIONS | IN_DESKTOP_VERBOSE) ;; # of tests
      *) continue ;;
    esac
    eval "set -- \"$name=\$$name\" \"\$@\""
  done
  shell=$(printf '%s' "$entry" | cut -d: -f7)
  # A terminal on the desktop runs it; the system user has none to log in with.
  case $shell in '' | */nologin | */false) shell=$(command -v bash) || shell=/bin/sh ;; esac
  set -- "HOME=$home" "USER=$user" "LOGNAME=$user" "SHELL=$shell" "$@"
  [ ! -d "/run/user/$uid" ] || set -- "XDG_RUNTIME_DIR=/run/user/$uid" "$@"
  [ "$user" != punktfunk ] || [ -n "${PUNKTFUNK_DATA_DIR-}" ] || set -- "PUNKTFUNK_DATA_DIR=$home" "$@"
  exec $drop env -i "$@"
}
