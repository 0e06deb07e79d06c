# shellcheck shell=bash
# What this machine lets a test do, found out by trying; sourced after common.sh. Each says in a few words what is missing, and fails then:
#   reason=$(can_mount) || { skip NAME "$reason"; finish; exit; }
# shellcheck disable=SC2154

in_namespaces() { # in_namespaces SCRIPT WORDS...: in mount, network and process namespaces that end with it
  unshare --mount --net --pid --fork --kill-child --mount-proc --propagation private timeout --kill-after=5 60 sh -ec "$1" sh "${@:2}" </dev/null 2>&1
}
# The last line of what went wrong, for the reason.
last_word() { sed -n '$ p' <<<"$1" | cut -c1-200; }

can_mount() {
  local said
  [ "$(id -u)" = 0 ] || { echo "it mounts, which needs root" && return 1; }
  # On the scratch folder itself, in which nothing is left.
  # shellcheck disable=SC2016 # expanded by the inner shell
  said=$(in_namespaces '
    mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir lower upper work view &&
      mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay view' "$scratch") ||
    { echo "this machine lets nobody mount an overlay in a namespace ($(last_word "$said"))" && return 1; }
}
# A network device of our own, whose other end a virtual machine is.
can_tap() {
  local said
  said=$(in_namespaces 'ip tuntap add dev pf-try mode tap') ||
    { echo "this machine has no tap devices, /dev/net/tun ($(last_word "$said"))" && return 1; }
}
# Containers whose first process makes control groups, as systemd does.
can_boot() { # can_boot ROOT
  local said
  command -v systemd-nspawn >/dev/null || { echo "systemd-nspawn is not installed" && return 1; }
  # shellcheck disable=SC2016 # expanded by the inner shell
  said=$(in_namespaces '
    mount -t tmpfs tmpfs /run
    umount -R /sys/fs/cgroup 2>/dev/null || true
    mount -t cgroup2 none /sys/fs/cgroup
    # It would choose by the systemd that the root has, which may come later.
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --quiet --register=no --keep-unit --link-journal=no --resolv-conf=off --timezone=off --private-network --pipe --read-only \
      --directory="$1" sh -c "mkdir /sys/fs/cgroup/pf-try && rmdir /sys/fs/cgroup/pf-try"' "$(realpath "$1")") ||
    { echo "no container with systemd starts on this machine ($(last_word "$said"))" && return 1; }
}
# File systems in a file, as system extensions are.
can_loop() {
  local said device
  truncate -s 1M "$scratch/try.raw"
  if ! said=$(losetup --show --find --read-only "$scratch/try.raw" 2>&1); then
    echo "this machine has no loop devices ($(last_word "$said"))"
    return 1
  fi
  device=$said
  losetup --detach "$device"
}
