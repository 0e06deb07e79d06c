#!/bin/sh
# Gives a Debian tree the shape of a bootc image: content under /usr, an empty /var and /boot, /ostree, the kernel beside its modules.
set -eu
root=$1

kernel=$(basename "$(echo "$root"/usr/lib/modules/*)")
mv "$root/boot/vmlinuz-$kernel" "$root/usr/lib/modules/$kernel/vmlinuz"
mv "$root/boot/initrd.img-$kernel" "$root/usr/lib/modules/$kernel/initramfs.img"
find "$root/boot" -mindepth 1 -delete
rm -f "$root"/vmlinuz* "$root"/initrd.img*

mkdir -p "$root/sysroot"
ln -sfn sysroot/ostree "$root/ostree"
mkdir -p "$root/usr/lib/ostree"
printf '[composefs]\nenabled = yes\n[sysroot]\nreadonly = true\n' >"$root/usr/lib/ostree/prepare-root.conf"

# Machine state lives in /var, made at boot.
for place in home srv opt mnt; do
  rm -rf "${root:?}/$place"
  ln -s "var/$place" "$root/$place"
done
rm -rf "${root:?}/root" "${root:?}/usr/local"
ln -s var/roothome "$root/root"
mkdir -p "$root/usr/local"
cat >"$root/usr/lib/tmpfiles.d/standin.conf" <<TEXT
d /var/home 0755 root root -
d /var/srv 0755 root root -
d /var/opt 0755 root root -
d /var/mnt 0755 root root -
d /var/roothome 0700 root root -
TEXT

# Accounts that Debian makes by hand, declared as an image does; some packages declare theirs already.
declared() { grep -qhsE "^$1 +$2 " "$root"/usr/lib/sysusers.d/*.conf; }
{
  while IFS=: read -r name _ gid _; do declared '[gu]!?' "$name" || echo "g $name $gid -"; done <"$root/etc/group"
  while IFS=: read -r name _ uid gid _ home shell; do
    declared 'u!?' "$name" || echo "u $name $uid:$gid - $home $shell"
  done <"$root/etc/passwd"
} >"$root/standin.conf"
mv "$root/standin.conf" "$root/usr/lib/sysusers.d/standin.conf"

# The network comes up by itself; ssh makes its keys at the first start; nothing asks questions.
mkdir -p "$root/usr/lib/systemd/network"
printf '[Match]\nName=en* eth* host0\n[Network]\nDHCP=yes\nLinkLocalAddressing=yes\nMulticastDNS=no\n' \
  >"$root/usr/lib/systemd/network/80-standin.network"
chroot "$root" systemctl -q enable systemd-networkd.service ssh.service
chroot "$root" systemctl -q mask systemd-networkd-wait-online.service systemd-firstboot.service apt-daily.timer apt-daily-upgrade.timer \
  dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
rm -f "$root"/etc/ssh/ssh_host_*
cat >"$root/usr/lib/systemd/system/standin-ssh-keys.service" <<TEXT
[Unit]
Description=Make the host keys of ssh
Before=ssh.service
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key
[Install]
WantedBy=ssh.service
TEXT
chroot "$root" systemctl -q enable standin-ssh-keys.service
sed -i 's/^ID=debian$/ID=punktfunk-standin\nID_LIKE=debian/' "$root/usr/lib/os-release"

# dpkg's database moves under /usr, as rpm-ostree moves rpm's; apt in the build stage finds it by the link that tmpfiles makes at boot.
mv "$root/var/lib/dpkg" "$root/usr/lib/dpkg-db"
printf 'L /var/lib/dpkg - - - - ../../usr/lib/dpkg-db\n' >>"$root/usr/lib/tmpfiles.d/standin.conf"
find "$root/var" -mindepth 1 -delete
find "$root/run" "$root/tmp" -mindepth 1 -delete
: >"$root/etc/machine-id"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"
ln -s ../run/systemd/resolve/resolv.conf "$root/etc/resolv.conf"
