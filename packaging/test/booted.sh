# shellcheck shell=bash
# What packages' scripts do where systemd runs: a booted root in which the .deb comes, is upgraded and goes while a user's host runs.
# Sourced by ci/packages.sh.
# shellcheck disable=SC2154,SC2317

booted_init=''

# In a container of its own, with a network of its own; its init is $booted_init.
boot() {
  local deadline=$((SECONDS + 60)) where
  layer booted "$(changes_of system)" "$base" || return
  where=$(root_of booted)
  apt booted '' install --no-install-recommends systemd-sysv libpam-systemd dbus udev kmod && rm -f "$where/usr/sbin/policy-rc.d" &&
    cp "$deb" "$where/punktfunk.deb" && mkdir -p "$where/var/lib/systemd/linger" && touch "$where/var/lib/systemd/linger/streamer" &&
    echo 'streamer:*:20000::::::' >>"$where/etc/shadow" || return
  mkfifo "$scratch/console" && exec 7<>"$scratch/console" || return
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --propagation private sh -c '
    umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup
    exec systemd-nspawn -q --register=no --keep-unit --link-journal=no --private-network --console=pipe -b -D "$1"' sh "$where" \
    </dev/null >"$scratch/console" 2>&1 7>&- &
  booted_nspawn=$!
  local line
  # Its console says when somebody could log in: then everything has started.
  while IFS= read -r -t $((deadline - SECONDS)) line <&7; do
    echo "$line"
    case $line in *'Reached target'*[Gg]raphical*|*'Startup finished'*|*'login:'*|*'Debian GNU/Linux'*) break ;; esac
  done
  booted_init=$(ps -o pid= --ppid "$booted_nspawn" | tr -d ' ')
  [ -n "$booted_init" ] && booted systemctl is-system-running --wait
}
booted() { nsenter -t "$booted_init" -m -u -i -n -p -C -r -w env PATH=/usr/sbin:/usr/bin:/sbin:/bin timeout 60 "$@"; }
user_host() { booted runuser -u streamer -- env "XDG_RUNTIME_DIR=/run/user/$streamer_uid" systemctl --user "$1" punktfunk-host.service "${@:2}"; }
host_pid() { user_host show --property MainPID --value; }

booted_installs() {
  booted dpkg -i /punktfunk.deb && user_host enable --now && user_host is-active && [ "$(host_pid)" -gt 0 ]
}
booted_upgrades() {
  local before
  before=$(host_pid)
  booted dpkg -i /punktfunk.deb && user_host is-active && [ "$(host_pid)" -gt 0 ] && [ "$(host_pid)" != "$before" ]
}
booted_removes() {
  local pid
  pid=$(host_pid)
  booted test -e "/proc/$pid" && booted dpkg --purge punktfunk && ! booted test -e "/proc/$pid" && ! user_host is-active
}
stop_booted() {
  [ -n "$booted_init" ] && kill -s RTMIN+4 "$booted_init" || return
  booted_init=''
  timeout 30 tail --pid="$booted_nspawn" -f /dev/null || {
    kill -s KILL "$booted_nspawn"
    return 1
  }
}
