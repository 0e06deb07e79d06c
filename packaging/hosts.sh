# shellcheck shell=sh
# Part of the scripts that packages run. In an image, a chroot or rpm-ostree's sandbox no systemd runs: nothing is done, the boot does it.
running() { [ -d /run/systemd/system ]; }
# hosts VERB: of each user who is logged in (or lingers) and runs a host
hosts() {
  for directory in /run/user/*/systemd; do
    [ -d "$directory" ] || continue
    user=$(stat -c %U "$directory") || continue
    timeout 30 systemctl --user --machine "$user@.host" "$1" punktfunk-host.service punktfunk-session.service >/dev/null 2>&1 || :
  done
}
# What boot would have done with the new files: settings, device rules, users' units.
arrived() {
  modprobe -a uinput uhid 2>/dev/null || :
  /usr/lib/systemd/systemd-sysctl /usr/lib/sysctl.d/60-punktfunk.conf || :
  udevadm control --reload || :
  udevadm trigger --action=change --sysname-match=uinput --sysname-match=uhid || :
  timeout 30 systemctl reload 'user@*.service' || :
}
left() {
  udevadm control --reload || :
  timeout 30 systemctl reload 'user@*.service' || :
}
