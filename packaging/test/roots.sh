# shellcheck shell=bash
# Roots to install packages into; sourced by ci/packages.sh, which runs in a mount namespace of its own: mounts go with it.
# shellcheck disable=SC2154

streamer_uid=1000
suite=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
base=$root/build/roots/$suite
fresh_days=7

# The machine's own sources of Debian or Ubuntu.
apt_sources() {
  local file
  for file in /etc/apt/sources.list.d/{debian,ubuntu}.sources /etc/apt/sources.list; do
    if [ -s "$file" ] && grep -Eq '^(Types:|deb )' "$file"; then
      echo "$file"
      return
    fi
  done
  return 1
}

# A bare root of this machine's release, where apt knows what there is. Kept for a week: nothing of ours is in it.
make_base() {
  local sources new=$base.new
  if [ -e "$base/made" ] && [ -z "$(find "$base/made" -mtime +$fresh_days)" ]; then return 0; fi
  sources=$(apt_sources) || {
    echo "no sources of Debian or Ubuntu in /etc/apt"
    return 1
  }
  mkdir -p "${base%/*}" && rm -rf "$base" "$new" || return
  mmdebstrap --mode=root --variant=apt --include=ca-certificates --skip=cleanup/apt/lists "$suite" "$new" "$sources" || return
  # No service is started in a root.
  printf '#!/bin/sh\nexit 101\n' >"$new/usr/sbin/policy-rc.d" && chmod 755 "$new/usr/sbin/policy-rc.d" || return
  printf 'streamer:x:%s:%s::/home/streamer:/bin/sh\n' $streamer_uid $streamer_uid >>"$new/etc/passwd"
  printf 'streamer:x:%s:\n' $streamer_uid >>"$new/etc/group"
  install -d -m 700 -o $streamer_uid -g $streamer_uid "$new/home/streamer" || return
  mv "$new" "$base" && touch "$base/made"
}

# layer NAME LOWER...: mounts a root of its own over others, the first on top; it is $scratch/roots/NAME/root
layer() {
  local name=$1 folder=$scratch/roots/$1 lower
  shift
  lower=$(IFS=:; echo "$*")
  mkdir -p "$folder"/{changes,work,root} || return
  mount -t overlay "$name" -o "lowerdir=$lower,upperdir=$folder/changes,workdir=$folder/work" "$folder/root"
}
root_of() { echo "$scratch/roots/$1/root"; }
changes_of() { echo "$scratch/roots/$1/changes"; }
unlayer() { umount -R "$(root_of "$1")"; }

# inside NAME COMMAND...: as root in that root, with the machine's network; processes that it leaves end with it
inside() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --pid --fork --kill-child --propagation private sh -c '
    r=$1 && shift
    mount -t proc proc "$r/proc" && mount --rbind /dev "$r/dev" && mount -t tmpfs -o mode=1777 tmp "$r/tmp" && mount -t tmpfs run "$r/run" || exit
    for file in /etc/resolv.conf /etc/hosts; do [ ! -e "$file" ] || { [ -e "$r$file" ] || : >"$r$file"; mount --bind "$file" "$r$file"; } || exit; done
    [ -z "$BESIDE" ] || { mkdir "$r/run/beside" && mount --bind "$BESIDE" "$r/run/beside"; } || exit
    exec chroot "$r" env DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"' sh "$(root_of "$1")" "${@:2}"
}
# apt NAME BESIDE WORD...: apt-get in a root; BESIDE is seen there as /run/beside
apt() {
  BESIDE=$2 inside "$1" apt-get -q -y -o Dpkg::Options::=--force-unsafe-io -o APT::Sandbox::User=root "${@:3}"
}
export BESIDE=''

# What a host needs, and nothing of ours: lower layer of every root that one is started in.
make_system() {
  layer system "$base" && apt system '' satisfy --no-install-recommends "$(dpkg-deb -f "$1" Depends)"
}

# The installed host says that everything is there, starts, answers and ends.
start_host() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --pid --fork --kill-child --net --propagation private sh -c '
    r=$1 && mount -t proc proc "$r/proc" && mount --rbind /dev "$r/dev" && mount -t tmpfs -o mode=1777 shm "$r/dev/shm" &&
      mount -t tmpfs -o mode=1777 tmp "$r/tmp" && mount -t tmpfs -o mode=755 run "$r/run" && ip link set lo up && exec "$2" "$3" "$r" "$4"' \
    sh "$(root_of "$1")" "$node_bin/node" "$root/packaging/test/start-host.ts" $streamer_uid
}

# Every path of a root but those of package systems' own records.
paths_of() {
  find "$1" \( -path "$1/proc" -o -path "$1/dev" -o -path "$1/run" -o -path "$1/tmp" -o -path "$1/var/lib/dpkg" -o -path "$1/var/lib/apt" \
    -o -path "$1/var/cache/apt" -o -path "$1/var/log" -o -path "$1/var/lib/rpm" -o -path "$1/var/lib/pacman" -o -path "$1/var/cache/pacman" \) -prune \
    -o -printf '%y %m %U:%G /%P\n' | LC_ALL=C sort
}
# nothing_left NAME BEFORE: since the list BEFORE a root has changed by the data that uninstalling names, and by nothing else
nothing_left() {
  local data='/home/streamer/\.(local|local/share|local/share/punktfunk|cache|cache/punktfunk)(/|$)'
  paths_of "$(root_of "$1")" | diff "$2" - >"$scratch/left" || :
  grep '^[<>]' "$scratch/left" | grep -Ev " $data" && return 1
  # The data is there: what was compared is a root in which a host ran.
  grep -q ' /home/streamer/.local/share/punktfunk/identity.json$' "$scratch/left"
}
