#!/bin/sh
# Runs a command as an ordinary user. An ordinary user runs it as he is. Root hands it to the user who called sudo, else to the owner of the
# checkout, else to the system user "punktfunk": Sway refuses root, and a host has no need of it.
#   as-user.sh COMMAND [ARG...]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tools/common.sh"
PATH=$node_bin:$PATH
export PATH
# A small host that starts quickly: compiled code is kept in the user's own place (it is executed), malloc keeps few arenas.
keep_lean() {
  NODE_COMPILE_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/punktfunk MALLOC_ARENA_MAX=2
  export NODE_COMPILE_CACHE MALLOC_ARENA_MAX
}
if [ "$(id -u)" != 0 ]; then
  keep_lean
  exec "$@"
fi

uid=${SUDO_UID:-0}
[ "$uid" != 0 ] || uid=$(stat -c %u "$root")
if [ "$uid" = 0 ] || ! getent passwd "$uid" >/dev/null; then
  getent passwd punktfunk >/dev/null ||
    { useradd --system --home-dir /var/lib/punktfunk --no-create-home --shell /usr/sbin/nologin punktfunk &&
      install -d -m 0700 -o punktfunk -g punktfunk /var/lib/punktfunk; } ||
    fail "the system user punktfunk could not be made (useradd)."
  uid=$(id -u punktfunk)
fi
entry=$(getent passwd "$uid")
user=${entry%%:*}
home=$(printf '%s' "$entry" | cut -d: -f6)
gid=$(id -g "$user")
HOME=$home USER=$user LOGNAME=$user
export HOME USER LOGNAME
unset XDG_RUNTIME_DIR XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS SUDO_UID SUDO_GID SUDO_USER
keep_lean
if [ -d "/run/user/$uid" ]; then
  XDG_RUNTIME_DIR=/run/user/$uid
  export XDG_RUNTIME_DIR
fi
if [ "$user" = punktfunk ]; then
  PUNKTFUNK_DATA_DIR=${PUNKTFUNK_DATA_DIR:-$home}
  export PUNKTFUNK_DATA_DIR
fi

drop="setpriv --reuid=$uid --regid=$gid --init-groups --"
# A checkout in a place that only root may enter, /root for example: in a mount namespace of our own that place is empty but for the checkout,
# which keeps its path.
if ! $drop test -r "$root/package.json"; then
  blocked=$root
  path=$root
  while [ "$path" != / ]; do
    $drop test -x "$path" || blocked=$path
    path=$(dirname "$path")
  done
  # shellcheck disable=SC2016 # expanded by the inner shell
  exec unshare --mount --propagation private sh -c '
    blocked=$1 root=$2 drop=$3
    shift 3
    hold=$(mktemp -d /run/punktfunk-checkout.XXXXXX) &&
      mount --bind "$root" "$hold" && mount -t tmpfs -o mode=755 tmpfs "$blocked" && mkdir -p "$root" && mount --move "$hold" "$root" &&
      rmdir "$hold" || {
      echo "punktfunk: the checkout in $root is closed to ordinary users and could not be shown to one. Move it, for example to /opt/punktfunk." >&2
      exit 1
    }
    $drop test -r "$root/package.json" || {
      echo "punktfunk: the files in $root are closed to ordinary users. Open them: chmod -R go+rX $root" >&2
      exit 1
    }
    cd "$root"
    exec $drop "$@"' sh "$blocked" "$root" "$drop" "$@"
fi
exec $drop "$@"
