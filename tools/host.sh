#!/bin/sh
# Runs the host's command line as an ordinary user: from the checkout or, where root's checkout is closed to that user (it lies in root's
# home), from a copy of what would be installed.
#   host.sh [--end-with-parent] COMMAND [ARG...]
set -eu
root=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$root/tools/common.sh"
. "$root/tools/user.sh"
end_with_parent=''
if [ "${1-}" = --end-with-parent ]; then end_with_parent='setpriv --pdeathsig TERM --' && shift; fi
PATH=$node_bin:$PATH
export PATH
forget_node_settings

# Prints where the copy is. It is made anew when what it is made from changed.
copy_checkout() {
  place=/var/cache/punktfunk/checkout-$(printf %s "$root" | cksum | cut -d' ' -f1)
  cd "$root"
  made_from=$({
    cat build/stamps/npm build/stamps/native 2>/dev/null
    find package.json src packaging -type f -printf '%p %s %T@\n' | LC_ALL=C sort
  } | sha256sum)
  if [ "$(cat "$place.made-from" 2>/dev/null)" != "$made_from" ]; then
    umask 022
    rm -rf "$place.new" "$place.made-from" &&
      mkdir -p "$place.new" &&
      "$node_bin/node" packaging/payload.ts stage "$place.new/tree" --kind deb &&
      # It is no package: it is mended, and its commands are run, in the checkout.
      rm "$place.new/tree/usr/lib/punktfunk/install-kind" &&
      ln -s "$root/tools" "$place.new/tree/usr/lib/punktfunk/tools" &&
      rm -rf "$place" && mv "$place.new/tree/usr/lib/punktfunk" "$place" && rm -rf "$place.new" &&
      printf %s "$made_from" >"$place.made-from" || return 1
  fi
  $drop test -r "$place/src/main.ts" && printf %s "$place"
}

if [ "$(id -u)" != 0 ]; then
  find_home
  keep_lean
  # shellcheck disable=SC2086 # words
  exec $end_with_parent "$node_bin/node" --max-semi-space-size=1 "$root/src/main.ts" "$@"
fi
# A question to the program changes nothing on the machine.
case " ${*:---help} " in
  *' --help '* | *' -h '* | *' --version '* | ' help '*)
    if ! find_user || ! can_read_checkout; then
      NODE_DISABLE_COMPILE_CACHE=1 PUNKTFUNK_DATA_DIR=${PUNKTFUNK_DATA_DIR-/var/lib/punktfunk} exec "$node_bin/node" "$root/src/main.ts" "$@"
    fi
    ;;
esac
need_user
unset XDG_CACHE_HOME
HOME=$home
# shellcheck disable=SC2086
keep_lean $drop
tree=$root node=$node_bin/node
if ! can_read_checkout; then
  tree=$(copy_checkout) || fail "the checkout in $root is closed to user $user, and no copy could be made for him in /var/cache/punktfunk. Move it, for example to /opt/punktfunk."
  node=$tree/build/libexec/punktfunk/engine # the same runtime, where he can read it
  cd /
fi
# shellcheck disable=SC2086
run_as $end_with_parent "$node" --max-semi-space-size=1 "$tree/src/main.ts" "$@"
