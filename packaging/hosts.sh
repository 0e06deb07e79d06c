# shellcheck shell=sh
# Part of the scripts that packages run. In an image, a chroot or rpm-ostree's sandbox no systemd runs: nothing is done, the boot does it.
running() { [ -d /run/systemd/system ]; }
# managers WORD...: systemctl --user, for each user who is logged in or lingers. Their managers' own sockets are asked: there may be no bus.
managers() {
  for directory in /run/user/*/systemd; do
    [ -d "$directory" ] || continue
    user=$(stat -c %U "$directory") || continue
    timeout 30 runuser -u "$user" -- env XDG_RUNTIME_DIR="${directory%/systemd}" systemctl --user "$@" >/dev/null 2>&1 || :
  done
}
# What boot would have done with the new files: settings, device rules, users' units.
arrived() {
  modprobe -a uinput uhid 2>/dev/null || :
  sh /usr/lib/punktfunk/session/buffers.sh 2>/dev/null || :
  udevadm control --reload 2>/dev/null || :
  udevadm trigger --action=change --sysname-match=uinput --sysname-match=uhid 2>/dev/null || :
  managers daemon-reload
}
# A host that runs on would start engines of another version. The desktop it streams outlives that.
upgraded() { managers try-restart punktfunk-host.service; }
leaving() { managers stop punktfunk-host.service punktfunk-session.service; }
left() {
  udevadm control --reload 2>/dev/null || :
  managers daemon-reload
}
# What a person does next.
next_steps() {
  echo "punktfunk is installed. As the user whose desktop is to be streamed:"
  echo "  punktfunk-host doctor                           # is everything there?"
  echo "  systemctl --user enable --now punktfunk-host    # run it, now and at each login"
  echo "  punktfunk-host pair 1234                        # with the PIN that Moonlight shows"
}
