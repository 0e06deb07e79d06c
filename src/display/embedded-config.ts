// What a desktop of our own is told, as files under its configuration directory: the embedded one, a further client's, the seat's.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { own_sink } from '../contract/audio.ts';

export interface DesktopPrograms {
  /** Whether foot is installed. */
  terminal: boolean;
  /** Whether fuzzel is. */
  launcher: boolean;
}

const open_terminal =
  'foot --title=Terminal --font=monospace:size=11 --override=colors.background=14202a --override=pad=12x8';
// Short options: the long ones have changed from version to version.
const open_launcher =
  'fuzzel -I -f monospace:size=12 -l 12 -w 40 -B 2 -b 14202aff -t d8e2eaff -m 7fc4e8ff -s 2f6f8fff -S ffffffff -C 2f6f8fff';

export interface DesktopPlace {
  /** Where these files are, as a shell and Sway write it. */
  directory: string;
  /** The host's config.json, for the greeting. */
  settings_file: string;
  output: string;
  /** Its mode until a client asks for another one. */
  mode: string;
  /** Run by Sway when it is up. */
  started?: string;
}

/** Writes the files below `directory`, for this user alone. */
export function writeConfig(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, name), contents);
  }
}

/**
 * For PipeWire and WirePlumber. The sink of the first client is always there: between streams what plays goes on there, and is moved
 * neither to another client's nor by the engine's coming and going (pw-play 0.3.65 dies of that now and then). Engines find it by its name.
 */
export function soundFiles(): Record<string, string> {
  const { sink_name, sink_description } = own_sink;
  return {
    // Any quantum down to 1 ms, else 5 ms: the length of a sound packet. None is longer: a program of PipeWire 0.3 that had just begun fell
    // silent for good when a stream's end or begin changed the quantum (docs/sound.md).
    'pipewire/pipewire.conf.d/10-punktfunk.conf': `context.properties = {
  default.clock.rate = 48000
  default.clock.quantum = 240
  default.clock.min-quantum = 48
  default.clock.max-quantum = 240
  clock.power-of-two-quantum = false
}
context.objects = [ { factory = adapter args = {
  factory.name = support.null-audio-sink, media.class = Audio/Sink, node.virtual = true
  node.name = "${sink_name}", node.description = "${sink_description}"
  audio.rate = 48000, audio.position = [ FL FR ], monitor.channel-volumes = true
} } ]
`,
    // This desktop's sound goes to clients: the machine's own devices are left to its own desktop. Bluetooth would also need logind,
    // without which WirePlumber 0.4 ends. Lua for 0.4, the other form from 0.5 on.
    'wireplumber/main.lua.d/80-punktfunk.lua':
      'alsa_monitor.enabled = false\nv4l2_monitor.enabled = false\nlibcamera_monitor.enabled = false\n',
    'wireplumber/bluetooth.lua.d/80-punktfunk.lua': 'bluez_monitor.enabled = false\n',
    'wireplumber/wireplumber.conf.d/80-punktfunk.conf': `wireplumber.profiles = {
  main = { hardware.audio = disabled, hardware.bluetooth = disabled, hardware.video-capture = disabled }
}
`,
  };
}

/** For Sway: windows, buttons, a greeting. */
export function swayFiles(programs: DesktopPrograms, place: DesktopPlace): Record<string, string> {
  return {
    'bar.sh': barScript(programs),
    'greeting.sh': greetingScript(programs, place.settings_file),
    'sway.conf': swayConfig(programs, place),
  };
}

function swayConfig(
  { terminal, launcher }: DesktopPrograms,
  { directory, output, mode, started }: DesktopPlace,
): string {
  return `xwayland disable
set $mod Mod4
output ${output} mode --custom ${mode}
output * bg #1d2a35 solid_color
default_border normal 2
smart_borders on
title_align center
font monospace 11
client.focused #2f6f8f #2f6f8f #ffffff #2f6f8f #2f6f8f
client.focused_inactive #24343f #24343f #d8e2ea #24343f #24343f
client.unfocused #24343f #24343f #a8b6c0 #24343f #24343f
focus_follows_mouse no
bindsym $mod+Shift+q kill
bindsym $mod+f fullscreen
bindsym $mod+Left focus left
bindsym $mod+Right focus right
bindsym $mod+Up focus up
bindsym $mod+Down focus down
${terminal ? `bindsym $mod+Return exec ${open_terminal}` : ''}
${launcher ? `bindsym $mod+d exec ${open_launcher}` : ''}
bar {
  position bottom
  font monospace 11
  status_command exec sh "${directory}/bar.sh"
  workspace_buttons no
  binding_mode_indicator no
  colors {
    background #14202a
    statusline #d8e2ea
    separator #14202a
  }
}
${started ? `exec ${started}` : ''}
${terminal ? `exec ${open_terminal} sh "${directory}/greeting.sh"` : ''}
`;
}

/** Buttons and a clock, in the protocol of swaybar-protocol(7); a click comes as a line of JSON. */
function barScript({ terminal, launcher }: DesktopPrograms): string {
  const buttons = [
    ...(launcher ? [{ name: 'applications', text: 'Applications', command: `exec ${open_launcher}` }] : []),
    ...(terminal ? [{ name: 'terminal', text: 'Terminal', command: `exec ${open_terminal}` }] : []),
    { name: 'close', text: 'Close window', command: 'kill' },
  ];
  const look = '"background":"#2f4554","separator":false,"separator_block_width":9';
  const blocks = buttons.map(({ name, text }) => `{"name":"${name}","full_text":" ${text} ",${look}}`);
  const cases = buttons.map(({ name, command }) => `    *'"${name}"'*) swaymsg --quiet '${command}' ;;`);
  return `printf '{"version":1,"click_events":true}\\n[[]\\n'
while printf ',[%s,{"full_text":"%s"}]\\n' '${blocks.join(',')}' "$(date '+%A %H:%M:%S')"; do sleep 1; done &
while read -r click; do
  case $click in
${cases.join('\n')}
  esac
done
kill $!
`;
}

/** Three lines that fit half a screen, then the user's shell. */
function greetingScript({ launcher }: DesktopPrograms, settings_file: string): string {
  const keys = launcher ? 'Super+Enter, Super+D' : 'Super+Enter';
  return `cat <<'END'
punktfunk's own desktop: streamed as you see it, gone with the host.
Open a window: ${keys}, or a button below.
Programs for Moonlight's list go into "apps" in
  ${settings_file}

END
exec "$SHELL"
`;
}
