# shellcheck shell=sh
# Run by the seat's Sway when it is up: programs that the user manager starts find this desktop, then those who wait for it may start.
systemctl --user import-environment WAYLAND_DISPLAY SWAYSOCK XDG_CURRENT_DESKTOP XDG_SESSION_TYPE
systemd-notify --ready
