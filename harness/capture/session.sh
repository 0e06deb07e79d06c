# shellcheck shell=bash
# What in-sway, in-mutter and in-kwin share: a session of its own for one command, as an ordinary user, on a private runtime directory and
# session bus, of which nothing is left when the script returns. Sourced with the script's own arguments, never run.

if [[ -z ${IN_DESKTOP_DIR-} ]]; then
  IN_DESKTOP_DIR=$(mktemp -d "${TMPDIR:-/tmp}/in-desktop.XXXXXX")
  export IN_DESKTOP_DIR
  trap 'rm -rf "$IN_DESKTOP_DIR"' EXIT
  as_user=()
  if [[ $(id -u) == 0 ]]; then
    chown nobody: "$IN_DESKTOP_DIR"
    as_user=(setpriv --reuid=nobody --regid=nogroup --clear-groups --)
  fi
  # A process group of its own: what the session leaves behind is ended as a whole. It ends with this script, also when that is killed.
  status=0
  setsid --wait "${as_user[@]}" setpriv --pdeathsig TERM -- "$0" "$@" || status=$?
  exit "$status"
fi

program=${0##*/} run=$IN_DESKTOP_DIR
export XDG_RUNTIME_DIR=$run/run HOME=$run/home XDG_CONFIG_HOME=$run/home/.config
export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
unset WAYLAND_DISPLAY DISPLAY PIPEWIRE_REMOTE PIPEWIRE_RUNTIME_DIR
mkdir -m 700 "$XDG_RUNTIME_DIR"
mkdir -p "$XDG_CONFIG_HOME"
log=$run/log
mkdir "$log"

children=()
finish() {
  status=$?
  trap - EXIT
  [[ $status != 0 && -n ${IN_DESKTOP_VERBOSE-} ]] && tail -n 30 "$log"/* >&2
  for ((i = ${#children[@]} - 1; i >= 0; --i)); do kill "${children[i]}" 2>/dev/null || true; done
  for child in "${children[@]}"; do
    timeout 20 tail --pid="$child" -f /dev/null || kill -KILL "$child" 2>/dev/null || true
  done
  exit "$status"
}
trap finish EXIT
trap 'exit 143' TERM INT HUP

unknown_option() {
  echo "$program: unknown option $1" >&2
  exit 2
}
start() { # name command...
  local name=$1
  shift
  "$@" >"$log/$name" 2>&1 &
  children+=($!)
}
await() { # what command...
  local what=$1
  shift
  for ((i = 0; i < 1200; ++i)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.05
  done
  echo "$program: $what did not come up within 60 s" >&2
  tail -n 20 "$log"/* >&2
  exit 1
}
has_name() { dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner "string:$1"; }

start_bus() {
  start bus dbus-daemon --session --address="$DBUS_SESSION_BUS_ADDRESS" --nofork --nopidfile
  await "the session bus" test -S "$XDG_RUNTIME_DIR/bus"
}
start_pipewire() {
  start pipewire pipewire
  await PipeWire test -S "$XDG_RUNTIME_DIR/pipewire-0"
  # Its Bluetooth monitor wants logind, without which WirePlumber 0.4 ends: containers have none.
  mkdir -p "$XDG_CONFIG_HOME/wireplumber/bluetooth.lua.d"
  echo 'bluez_monitor.enabled = false' >"$XDG_CONFIG_HOME/wireplumber/bluetooth.lua.d/80-test.lua"
  start wireplumber wireplumber
}
find_wayland_display() {
  for socket in "$XDG_RUNTIME_DIR"/wayland-*; do
    if [[ -S $socket ]]; then export WAYLAND_DISPLAY=${socket##*/}; fi
  done
}
has_wayland_display() {
  find_wayland_display
  [[ -n ${WAYLAND_DISPLAY-} ]]
}

# In the background, since a signal must not wait for its end. A compositor that is given says where that was.
run_inside() { # NAME-AND-VERSION command...
  echo "in $1, PipeWire $(pipewire --version 2>/dev/null | sed -n 's/^Linked with libpipewire //p' || echo missing)" >&2
  shift
  "$@" <&0 &
  children+=($!)
  wait "${children[-1]}"
}
