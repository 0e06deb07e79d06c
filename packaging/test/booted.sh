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
  # Somebody else of this machine.
  echo "guest:x:$guest_uid:$guest_uid::/home/guest:/bin/sh" >>"$where/etc/passwd" && echo "guest:x:$guest_uid:" >>"$where/etc/group" &&
    echo 'guest:*:20000::::::' >>"$where/etc/shadow" && install -d -m 700 -o $guest_uid -g $guest_uid "$where/home/guest" &&
    touch "$where/var/lib/systemd/linger/guest" && of_container_setting "$where/setting.deb" || return
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
guest_uid=1001
as() { # as USER WORD...
  booted runuser -u "$1" -- env XDG_RUNTIME_DIR="/run/user/$(booted id -u "$1")" HOME="/home/$1" "${@:2}"
}
host_of() { as "$1" systemctl --user "$2" punktfunk-host.service "${@:3}"; } # host_of USER VERB WORD...
user_host() { host_of streamer "$@"; }
host_pid() { host_of streamer show --property MainPID --value; }
# in_time WHAT COMMAND...: once the command succeeds
in_time() {
  local what=$1 deadline=$((SECONDS + 90))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || { echo "in vain: $what" && return 1; }
    sleep 0.2
  done
}
answers() { as "$1" punktfunk-host status; }
waits() { [ "$(said "$1" "$2")" -gt "$3" ]; }                                                                     # waits USER CODE LINES-BEFORE
said() { booted journalctl -q -o cat "_UID=$(booted id -u "$1")" | grep '"event":"waiting"' | grep -c "\"code\":\"$2\"" || :; } # said USER CODE
# waiting USER CODE LINES-BEFORE: his unit runs, has not been restarted, and has said that it waits, and for what
waiting() {
  in_time "$1's host says $2" waits "$@" && host_of "$1" is-active && [ "$(host_of "$1" show --property NRestarts --value)" = 0 ] && ! answers "$1"
}

# Installed as people do; it ends with what they do next.
booted_installs() {
  local output step
  output=$(booted apt-get -q -y install --no-install-recommends /punktfunk.deb) || return
  echo "$output"
  for step in 'punktfunk-host doctor' 'systemctl --user enable --now punktfunk-host' 'punktfunk-host pair'; do
    tail -n 5 <<<"$output" | grep -q "^  $step" || return
  done
  user_host enable --now && user_host is-active && [ "$(host_pid)" -gt 0 ] && in_time "an answer of the host" answers streamer
}
# Two people on one machine: who comes second waits, and takes over when the first one's host ends.
booted_second_user() {
  host_of guest enable --now && waiting guest PORT_TAKEN 0 && answers streamer && user_host stop &&
    in_time "guest's host takes over" answers guest && host_of guest disable --now && user_host start && in_time "an answer of the host" answers streamer
}
# Somebody's own host in a terminal.
booted_by_hand() {
  local before by_hand
  before=$(said streamer ALREADY_RUNNING)
  user_host stop && as streamer systemd-run --user --quiet --unit=by-hand punktfunk-host serve --display synthetic &&
    in_time "an answer of the host by hand" answers streamer && user_host start || return
  by_hand=$(as streamer punktfunk-host status --json)
  in_time "the host says ALREADY_RUNNING" waits streamer ALREADY_RUNNING "$before" && user_host is-active && as streamer systemctl --user stop by-hand &&
    in_time "the host takes over" taken_over "$by_hand" && [ "$(user_host show --property NRestarts --value)" = 0 ]
}
taken_over() { local now; now=$(as streamer punktfunk-host status --json) && [ "$now" != "$1" ] && [[ $now == *"\"pid\":$(host_pid),"* ]]; }
# A host of another kind on the same port (Sunshine's is the same).
booted_other_program() {
  local before
  before=$(said streamer PORT_TAKEN)
  user_host stop && booted systemd-run --quiet --unit=other /usr/lib/punktfunk/build/libexec/punktfunk/engine \
    -e 'require("node:net").createServer().listen(47989, "::")' && in_time "another program on the port" booted grep -q :BB75 /proc/net/tcp6 &&
    user_host start && waiting streamer PORT_TAKEN "$before" && booted systemctl stop other && in_time "the host takes over" answers streamer
}

# The buffers' settings are the whole machine's, which a container may not change: the same package, but with one that is the container's
# own.
setting=net.core.somaxconn setting_file=/proc/sys/net/core/somaxconn ours=33554432
of_container_setting() { # of_container_setting FILE
  local tree=$scratch/setting
  dpkg-deb -R "$deb" "$tree" && grep -rlZ rmem_max "$tree/DEBIAN" "$tree/usr/lib/sysctl.d" "$tree/usr/lib/punktfunk/session" |
    xargs -0 sed -i 's/rmem_max/somaxconn/g' && dpkg-deb -Znone --root-owner-group --build "$tree" "$1" >/dev/null && rm -rf "$tree"
}
# after_install WANTED: what the setting is once the package is installed anew; after_boot: once the machine has booted
after_install() { booted dpkg -i /setting.deb && is "installed" "$1"; }
after_boot() { set_to 4096 && booted /usr/lib/systemd/systemd-sysctl --prefix=net/core/somaxconn && is "booted" "$1"; }
is() {
  local now
  now=$(booted cat $setting_file)
  [ "$now" = "$2" ] || { echo "$1: $setting is $now, not $2" && return 1; }
}
set_to() { booted sh -c "echo $1 >$setting_file"; }
local_file() { booted sh -c "mkdir -p /etc/sysctl.d && echo $setting=$2 >/etc/sysctl.d/$1"; } # local_file NAME VALUE
no_local_file() { booted rm -f "/etc/sysctl.d/$1"; }
booted_settings() {
  local file
  set_to 4096 && after_install $ours && after_boot $ours || return
  # The administrator's files, wherever they stand in the order, smaller or larger.
  for file in 99-local.conf 60-local.conf 10-local.conf; do
    local_file "$file" 50000000 && after_install 50000000 && after_boot 50000000 && local_file "$file" 9000 && set_to 4096 && after_install 9000 &&
      after_boot 9000 && no_local_file "$file" || return
  done
  booted ln -s /dev/null /etc/sysctl.d/00-punktfunk.conf && set_to 4096 && after_install 4096 && after_boot 4096 && no_local_file 00-punktfunk.conf || return
  # And what no file says: a value of the running machine gets no smaller.
  set_to 60000000 && after_install 60000000 && booted dpkg -i /punktfunk.deb
}

booted_upgrades() {
  local before
  before=$(host_pid)
  booted dpkg -i /punktfunk.deb && user_host is-active && [ "$(host_pid)" -gt 0 ] && [ "$(host_pid)" != "$before" ]
}
booted_removes() {
  local pid
  pid=$(host_pid)
  booted test -e "/proc/$pid" && booted dpkg --purge punktfunk && ! booted test -e "/proc/$pid" && ! user_host is-active && booted_left
}
# packaging/README.md, "What stays after removing"
booted_left() {
  local found
  found=$(booted find / -xdev \( -path /var/lib/dpkg -o -path /var/log -o -path /proc -o -path /run -o -path /tmp \) -prune -o -name '*punktfunk*' \
    ! -path /punktfunk.deb -prune -print | grep -v -x -E '/home/[a-z]+/(\.local/share/punktfunk|\.cache/punktfunk|\.config/systemd/user/default\.target\.wants/punktfunk-host\.service)')
  printf '%s' "$found"
  [ -z "$found" ] && booted test -e /home/streamer/.local/share/punktfunk/identity.json
}
stop_booted() {
  [ -n "$booted_init" ] && kill -s RTMIN+4 "$booted_init" || return
  booted_init=''
  timeout 30 tail --pid="$booted_nspawn" -f /dev/null || {
    kill -s KILL "$booted_nspawn"
    return 1
  }
}
