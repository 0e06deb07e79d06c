#!/bin/sh
# Before packages are installed into the stand-in: ROOT is its tree.
set -eu
root=$1
# An initramfs with what a virtual machine needs and no more: 6 MB instead of 30, and made in a few seconds.
mkdir -p "$root/etc/initramfs-tools/conf.d"
printf 'MODULES=list\nCOMPRESS=zstd\n' >"$root/etc/initramfs-tools/conf.d/standin"
printf '%s\n' virtio_pci virtio_blk virtio_net ext4 overlay >"$root/etc/initramfs-tools/modules"
