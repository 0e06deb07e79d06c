#!/bin/bash
# Packages of every format: built, compared, installed into roots, started there, removed; their repositories, signed.
# Debian packages: mmdebstrap, rpm, rpmlint, lintian, makepkg, pacman-package-manager, squashfs-tools, libarchive-tools, createrepo-c,
# apt-utils, gpg, zstd, fakeroot, iproute2, libcap2-bin, systemd-container.
# shellcheck source=ci/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=ci/abilities.sh
. ci/abilities.sh
# shellcheck source=packaging/test/roots.sh
. "$root/packaging/test/roots.sh"
# shellcheck source=packaging/test/checks.sh
. "$root/packaging/test/checks.sh"
# shellcheck source=packaging/test/booted.sh
. "$root/packaging/test/booted.sh"
# shellcheck source=packaging/test/repositories.sh
. "$root/packaging/test/repositories.sh"

if [ "$(id -u)" != 0 ]; then
  skip packages "roots are made and mounted by root"
  finish
  exit
fi
if [ "$suite" = "" ] || ! command -v apt-get >/dev/null; then
  skip packages "this machine is not Debian or Ubuntu"
  finish
  exit
fi
reason=$(can_mount) || {
  skip packages "$reason"
  finish
  exit
}
for tool in mmdebstrap rpm rpmbuild rpmlint lintian makepkg pacman repo-add mksquashfs bsdtar createrepo_c apt-ftparchive gpg zstd fakeroot ip getcap systemd-sysext; do
  command -v "$tool" >/dev/null || {
    skip packages "$tool is missing"
    finish
    exit
  }
done
if [ -z "${PUNKTFUNK_OWN_MOUNTS-}" ]; then
  rmdir "$scratch"
  PUNKTFUNK_OWN_MOUNTS=1 exec unshare --mount --propagation private bash "$0"
fi
trap '[ -z "$booted_init" ] || kill -s KILL "$booted_nspawn"; umount -Rl "$scratch"/roots/*/root "$scratch"/{copy,another/place/checkout}/node_modules 2>/dev/null; rm -rf "${scratch:?}"/*; umount -l "$scratch" 2>/dev/null; rmdir "$scratch"' EXIT
# In memory where there is enough: package managers wait for the disk after each file.
if [ "$(awk '/^MemAvailable:/ {print int($2 / 1048576)}' /proc/meminfo)" -ge 8 ]; then mount -t tmpfs -o size=6G scratch "$scratch"; fi
chmod 755 "$scratch"
export TMPDIR=$scratch
out=$scratch/packages

# What is packaged stands still, whatever is done to the checkout meanwhile.
check "a copy of the checkout" copy_checkout "$root" "$scratch/copy"
check "packages are built" "$scratch/copy/packaging/build.sh" all --out "$out"
if [ "$failed" != 0 ]; then
  finish
  exit
fi
deb=$(echo "$out"/*.deb) rpm=$(echo "$out"/*.rpm) arch=$(echo "$out"/*.pkg.tar.zst) raw=$out/punktfunk.raw
check "another place and other times of files give the same bytes" build_again
check "packages are taken apart" take_apart
check "formats hold the same files" parity
for kind in deb rpm arch sysext; do check "$kind: no privileges, nothing outside usr" harmless "$scratch/apart/$kind"; done
for fault in "mode of a file" "dropped entry" "setuid bit" "file capability" "changed file"; do check "caught: $fault" caught "$fault"; done
check "lintian finds only what is allowed" lint_deb
check "rpmlint finds only what is allowed" lint_rpm
check "scripts do no harm where every tool fails" scripts_survive

check "bare root" make_base
check "deb: its dependencies resolve in a bare root" deb_resolves
check "root with the dependencies" make_system "$deb"
if [ "$failed" != 0 ]; then
  finish
  exit
fi
installable='deb rpm arch sysext'
reason=$(can_loop) || {
  skip "sysext: installed" "$reason"
  installable=${installable% sysext}
}
for kind in $installable; do
  check "$kind: a root for it" "${kind}_root"
  check "$kind: installs" "${kind}_installs"
  check "$kind: what is installed is what the list says" as_listed "$kind"
  if [ "$kind" != sysext ]; then check "$kind: its own verification" "${kind}_verifies"; fi
  check "$kind: doctor is content, the host starts, answers and ends" start_host "$kind"
  if [ "$kind" = deb ]; then
    check "caught: wrong mode in an installed root" installed_fault deb mode
    check "caught: missing addon in an installed root" installed_fault deb addon
    check "caught: missing library of the system" installed_fault deb library
  fi
  check "$kind: is removed" "${kind}_removed"
  check "$kind: nothing is left but the data" nothing_left "$kind" "$scratch/$kind.before"
done
if [[ $installable == *sysext ]]; then check "sysext: another system refuses it" sysext_refused; fi

if reason=$(can_boot "$base"); then
  check "booted: a machine that runs systemd" boot
  if [ -n "$booted_init" ]; then
    check "booted: the deb comes and says what is next, a user enables his host" booted_installs
    check "booted: a second user's host waits, and takes over" booted_second_user
    check "booted: so does one beside a host in a terminal" booted_by_hand
    check "booted: and one beside another program on its port" booted_other_program
    check "booted: the administrator's kernel settings stay, at each install and boot" booted_settings
    check "booted: an upgrade restarts the host" booted_upgrades
    check "booted: removing the deb ends the host" booted_removes
    check "booted: the machine ends" stop_booted
  fi
else
  skip "a booted machine" "$reason"
fi

check "keys for this run" make_keys
check "repositories are made and signed" publish_as ours "$published"
check "without a usable key nothing is written" unpublished
check "their signatures and sums hold, and another key is refused" verified
check "caught: changed .deb" tampered 'apt/pool/*.deb' 'a package is not the listed one'
check "caught: changed list of apt" tampered apt/dists/stable/main/binary-amd64/Packages 'a list of packages is not the signed one'
check "caught: changed release of apt" tampered apt/dists/stable/Release 'Release.gpg is not of this key'
check "caught: unsigned .rpm" tampered 'dnf/*.rpm' 'is not signed by this key' "$rpm"
check "caught: changed list of dnf" tampered 'dnf/repodata/*-primary.xml.gz' 'a list is not the signed one'
check "caught: changed package of pacman" tampered 'pacman/*.pkg.tar.zst' 'is not of this key'
check "caught: changed database of pacman" tampered pacman/punktfunk.db.tar.gz 'punktfunk.db.tar.gz.sig is not of this key'
check "caught: changed system extension" tampered sysext/punktfunk.raw 'an extension is not the signed one'
check "the same, signed by another" publish_as theirs "$scratch/published-theirs"
check "apt installs from the signed repository" apt_installs
check "apt refuses what another signed" apt_refuses
check "pacman installs from the signed repository" pacman_installs
check "pacman refuses what another signed" pacman_refuses
finish
