# shellcheck shell=sh
# Starts the seat's Sway. The renderer is left to wlroots, which takes a graphics processor; but that of a virtual machine, virtio-gpu
# without acceleration, gives a compositor no buffers to draw into (seen with wlroots 0.18 in QEMU).
if [ -z "${WLR_RENDERER-}" ] && cat /sys/class/drm/renderD*/device/uevent 2>/dev/null | grep -q '^DRIVER=virtio'; then
  export WLR_RENDERER=pixman
fi
lib=/usr/lib/punktfunk
settings=$("$lib/build/libexec/punktfunk/engine" "$lib/src/display/seat.ts") || exit
sway_config='' # and XKB_DEFAULT_LAYOUT and the like, which seat.ts prints too
eval "$settings"
exec sway --config "$sway_config"
