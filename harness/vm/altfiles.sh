#!/bin/sh
# Gives ROOT, a writable view of the stand-in's tree, the groups of an image-based system: all but root's are in /usr/lib/group alone, found
# through nss-altfiles (nsswitch.conf(5)); systemd-sysusers and usermod do not write there.
#   altfiles.sh ROOT
set -eu
root=$1
here=$(dirname "$(readlink -f "$0")")
grep -v '^root:' "$root/etc/group" >"$root/usr/lib/group"
for file in group gshadow; do
  kept=$(grep '^root:' "$root/etc/$file")
  printf '%s\n' "$kept" >"$root/etc/$file"
done
rm -f "$root/etc/group-" "$root/etc/gshadow-"
sed -i -E 's/^(group:\s+files).*/\1 [SUCCESS=merge] altfiles [SUCCESS=merge] systemd/' "$root/etc/nsswitch.conf"
grep -q '^group:.* altfiles ' "$root/etc/nsswitch.conf"
c++ -std=c++20 -O2 -Wall -Wextra -Werror -shared -fPIC -fno-exceptions -static-libgcc -static-libstdc++ \
  -o "$root/usr/lib/x86_64-linux-gnu/libnss_altfiles.so.2" "$here/nss_altfiles.cpp"
