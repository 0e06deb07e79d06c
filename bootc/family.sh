# shellcheck shell=sh
# shellcheck disable=SC2034
# What the base is and has; sourced. Sets $family: fedora or debian. Any other base ends the build with a sentence.
fail() {
  printf 'punktfunk image: %s\n' "$*" >&2
  exit 1
}
os_release() { sed -n "s/^$1=\"\\{0,1\\}\\([^\"]*\\)\"\\{0,1\\}\$/\\1/p" /usr/lib/os-release /etc/os-release 2>/dev/null | head -n 1; }
case " $(os_release ID) $(os_release ID_LIKE) " in
  *" fedora "*) family=fedora ;;
  *" debian "*) family=debian ;;
  *) fail "the base is \"$(os_release PRETTY_NAME)\", and only bases of Fedora's family (Bazzite) and the Debian stand-in are known. Give another one: --base REFERENCE" ;;
esac

# What a stream needs of its base, by the file that says it is there.
check_programs() {
  missing=''
  while read -r package file; do [ -e "$file" ] || missing="$missing $package"; done <<LIST
systemd /usr/lib/systemd/systemd
dbus /usr/bin/dbus-daemon
pipewire /usr/bin/pipewire
wireplumber /usr/bin/wireplumber
sway /usr/bin/sway
foot /usr/bin/foot
util-linux /usr/bin/setpriv
LIST
  [ -z "$missing" ] || fail "the base lacks$missing, without which nothing can be streamed. Add these packages to the base or choose another one."
}
