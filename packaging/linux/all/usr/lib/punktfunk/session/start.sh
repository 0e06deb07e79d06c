# shellcheck shell=sh
# Starts the seat's Sway. The renderer is left to wlroots, which takes a graphics processor; but that of a virtual machine, virtio-gpu without
# acceleration, gives a compositor no buffers to draw into (seen with wlroots 0.18 in QEMU).
if [ -z "${WLR_RENDERER-}" ] && cat /sys/class/drm/renderD*/device/uevent 2>/dev/null | grep -q '^DRIVER=virtio'; then
  export WLR_RENDERER=pixman
fi
exec sway --config /usr/lib/punktfunk/session/sway.conf
