#!/bin/bash
# The appliance: the stand-in image is built, linted, booted as a container and as a virtual machine, upgraded and rolled back, and each
# gate is seen to fail on what it guards against.
#   ci/image.sh [ROOT]     ROOT: an image's tree that is there already; else tools/image.sh makes build/image/root
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=ci/abilities.sh
. ci/abilities.sh

tree=${1-}
if [ "$(id -u)" != 0 ] || { [ -z "$tree" ] && ! { command -v buildah && command -v mmdebstrap; } >/dev/null; }; then
  skip "the image and its boots" "building and booting an image needs root, buildah and mmdebstrap"
  finish
  exit
fi
reason=$(can_mount) || {
  skip "the image and its boots" "$reason"
  finish
  exit
}
if [ -z "$tree" ]; then
  check "the stand-in image is built" bash tools/image.sh
  [ "$failed" = 0 ] || { finish; exit 1; }
  # What a rebase downloads for us, and keeps.
  small_enough() {
    # shellcheck disable=SC2016 # a template of JavaScript
    node -e '
      const { size_bytes, base_size_bytes } = JSON.parse(require("node:fs").readFileSync("build/image/image.json", "utf8"));
      const added_mb = (size_bytes - base_size_bytes) / 1e6;
      console.log(`the image adds ${added_mb.toFixed(1)} MB to its base, 250 are allowed`);
      process.exitCode = added_mb > 0 && added_mb <= 250 ? 0 : 1;'
  }
  check "the image adds at most 250 MB to its base" small_enough
  # What a strict umask made of the checkout is nowhere in the image: it is the same to the last bit.
  built_from_a_closed_checkout() (
    cp build/image/image.json "$scratch/first.json"
    GIT_DIR=$(git rev-parse --absolute-git-dir) && export GIT_DIR
    umask 077
    mkdir "$scratch/closed" && git ls-files -z --cached --others --exclude-standard | tar -c --null -T - --ignore-failed-read |
      tar -x -C "$scratch/closed" --no-same-permissions && ln -s "$root/build" "$scratch/closed/build" || exit
    [ "$(stat -c %a "$scratch/closed/bootc/files/usr")" = 700 ] || exit
    bash "$scratch/closed/tools/image.sh" --no-root --tag localhost/punktfunk:again && diff "$scratch/first.json" build/image/image.json &&
      CONTAINERS_STORAGE_CONF=build/image/storage.conf buildah rmi localhost/punktfunk:again
  )
  check "a checkout that a strict umask closed gives the same image" built_from_a_closed_checkout
  tree=build/image/root
fi

# The lints, and one of them on a tree with something in /var.
lint() { node tools/bootc-lint.ts "$@"; }
check "every lint of bootc that looks at files" lint "$tree"
view=$scratch/view
spoilt_view() { # spoilt_view COMMAND...: runs it in a writable view of the tree, which it may spoil
  mkdir -p "$view" "$scratch/layers"
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --propagation private bash -c '
    set -e
    mount -t tmpfs tmpfs "$2/layers" && mkdir "$2/layers/upper" "$2/layers/work"
    mount -t overlay -o "lowerdir=$1,upperdir=$2/layers/upper,workdir=$2/layers/work" overlay "$2/view"
    shift 2
    "$@"' bash "$(realpath "$tree")" "$scratch" "$@"
}
export -f lint
lint_notices() { # lint_notices LINT SPOIL: the lint of this name must speak up, and the whole must fail
  # shellcheck disable=SC2016 # expanded by the inner shell
  spoilt_view bash -c '
    cd "$1" && bash -ec "$2" && cd "$4" || exit 2
    said=$(lint "$1") && { echo "it passed all the same"; exit 1; }
    grep -E "^(error|warning) $3 " <<<"$said" || { printf "another lint spoke:\n%s\n" "$said"; exit 1; }' bash "$view" "$2" "$1" "$root"
}
check "lint fails with a file in /var" lint_notices var-tmpfiles 'mkdir -p var/lib/x && : >var/lib/x/state'
check "lint fails with a log of the build" lint_notices var-log 'mkdir -p var/log && echo x >var/log/dpkg.log'
check "lint fails with a second kernel" lint_notices kernel 'mkdir usr/lib/modules/0 && : >usr/lib/modules/0/vmlinuz'
check "lint fails with a folder that the checkout's umask closed" lint_notices closed-folder 'chmod 0750 usr/lib'
check "lint fails with a closed file of ours" lint_notices closed-folder 'chmod 0600 usr/lib/bootc/kargs.d/50-punktfunk.toml'
check "lint fails with a user that nothing declares" lint_notices sysusers 'echo "stray:x:4711:4711::/:/bin/sh" >>etc/passwd'

# Each test of a booted machine counts by itself.
boots() { # boots NAME "ABILITY..." WORDS...
  local name=$1 ability reason log=$logs/$step-$1.log ok bad
  for ability in $2; do
    reason=$("$ability") || {
      skip "$name" "$reason"
      return
    }
  done
  shift 2
  # shellcheck disable=SC2024
  sh harness/vm/run "$@" >"$log" 2>&1
  grep -v -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | sed -E "s/^(ok|FAILED|skipped): /\1: $name: /"
  read -r ok bad < <(sed -n '$ s/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log")
  pass "${ok:-0}"
  failed=$((failed + ${bad:-1}))
}
can_boot_tree() { can_boot "$tree"; }
has() { command -v "$1" >/dev/null || { echo "$1 is not installed" && return 1; }; }
has_ostree() { has ostree; }
has_qemu() { has qemu-system-x86_64; }
boots container can_boot_tree --nspawn "$tree" --controls all
# Bazzite's groups are in a database that is not written to: the seat has its own all the same, from the first boot on.
# shellcheck disable=SC2016 # the inner shell expands it
groups_of_the_image() { spoilt_view sh -ec 'sh harness/vm/altfiles.sh "$1" && sh harness/vm/run --nspawn "$1" 010 030 070' sh "$view"; }
if reason=$(can_boot_tree); then check "groups in a database of the image alone" groups_of_the_image; else skip "groups in a database of the image alone" "$reason"; fi
boots upgrade "has_ostree can_boot_tree" --ostree "$tree"
# What a container has not: kernel, devices, link. The rest was seen there, ten times as fast.
boots machine "has_qemu can_tap" --qemu "$tree" 010 040 065 080 090 100 110 900 --controls 080,090

# A guest that cannot start is told at once, with its console.
panics() {
  # shellcheck disable=SC2016
  spoilt_view bash -c '
    printf "no initramfs" | tee "$1"/usr/lib/modules/*/initramfs.img
    said=$(sh harness/vm/run --qemu "$1" 010)
    [ $? = 3 ] && grep "the console says .Kernel panic." <<<"$said"' bash "$view"
}
if reason=$(has_qemu && can_tap); then
  check "a kernel that panics ends the run at once" panics
else
  skip "a kernel that panics" "$reason"
fi

skip "Bazzite itself" "its image, its kernel and its SELinux policy are not on this machine: harness/vm/run --ssh tests one, docs/release.md lists what to look at"
finish
