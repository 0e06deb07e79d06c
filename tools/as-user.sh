#!/bin/sh
# Runs a command as an ordinary user. An ordinary user runs it as he is; root hands it to one (tools/user.sh).
#   as-user.sh COMMAND [ARG...]
set -eu
root=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$root/tools/common.sh"
. "$root/tools/user.sh"
PATH=$node_bin:$PATH
export PATH
forget_node_settings
if [ "$(id -u)" != 0 ]; then
  find_home
  keep_lean
  exec "$@"
fi
need_user
unset XDG_CACHE_HOME
HOME=$home
# shellcheck disable=SC2086 # words
keep_lean $drop

# A checkout in a place that only root may enter, /root for example: in a mount namespace of our own that place is empty but for the
# checkout, which keeps its path.
if ! can_read_checkout; then
  blocked=$root
  path=$root
  while [ "$path" != / ]; do
    $drop test -x "$path" || blocked=$path
    path=$(dirname "$path")
  done
  if [ -z "${PUNKTFUNK_SHOWN-}" ]; then
    unshare --mount --propagation private true 2>/dev/null ||
      fail "the checkout in $root is closed to ordinary users, and this container may not mount anything to show it to one. Move it, for example to /opt/punktfunk."
    # shellcheck disable=SC2016 # expanded by the inner shell
    PUNKTFUNK_SHOWN=yes exec unshare --mount --propagation private sh -c '
      blocked=$1 root=$2
      shift 2
      hold=$(mktemp -d /run/punktfunk-checkout.XXXXXX) &&
        mount --bind "$root" "$hold" && mount -t tmpfs -o mode=755 tmpfs "$blocked" && mkdir -p "$root" && mount --move "$hold" "$root" &&
        rmdir "$hold" || {
        echo "punktfunk: the checkout in $root is closed to ordinary users and could not be shown to one. Move it, for example to /opt/punktfunk." >&2
        exit 1
      }
      cd "$root"
      exec sh tools/as-user.sh "$@"' sh "$blocked" "$root" "$@"
  fi
  fail "the files in $root are closed to ordinary users. Open them: chmod -R go+rX $(quoted "$root")"
fi
unset PUNKTFUNK_SHOWN
run_as "$@"
