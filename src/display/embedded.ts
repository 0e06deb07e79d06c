// A desktop of our own for machines that show none: session bus, PipeWire, WirePlumber and a headless Sway with a terminal and a clock,
// all under one private runtime directory, all as this ordinary user, all gone when the host goes.

import { accessSync, chmodSync, constants, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { PunktfunkError, reasonOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Child, waitForSocket } from './child.ts';
import type { Display, DisplayOptions } from './display.ts';
import { SwayOutput } from './sway.ts';

const start_ms = 10_000;
const wayland_display = 'wayland-1';
const sway_socket = 'sway.sock';

/** Programs without which there is no desktop, with the Debian package of each. */
export const needed_programs: Readonly<Record<string, string>> = {
  'dbus-daemon': 'dbus-daemon',
  pipewire: 'pipewire',
  wireplumber: 'wireplumber',
  sway: 'sway',
  setpriv: 'util-linux',
};

export function findProgram(name: string, path = process.env.PATH ?? ''): string | undefined {
  for (const directory of path.split(delimiter)) {
    const candidate = join(directory, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // not here
    }
  }
  return undefined;
}

/** What the programs are told, as files under their configuration directory. */
function configFiles(terminal: string | undefined): Record<string, string> {
  return {
    // Any quantum down to 1 ms, 5 ms by default: the length of a sound packet (capture note, section 4).
    'pipewire/pipewire.conf.d/10-punktfunk.conf': `context.properties = {
  default.clock.rate = 48000
  default.clock.quantum = 240
  default.clock.min-quantum = 48
  clock.power-of-two-quantum = false
}
`,
    // This desktop's sound goes to clients: the machine's own devices are left to its own desktop. Bluetooth would also need logind, without
    // which WirePlumber 0.4 ends. Lua for 0.4, the other form from 0.5 on.
    'wireplumber/main.lua.d/80-punktfunk.lua':
      'alsa_monitor.enabled = false\nv4l2_monitor.enabled = false\nlibcamera_monitor.enabled = false\n',
    'wireplumber/bluetooth.lua.d/80-punktfunk.lua': 'bluez_monitor.enabled = false\n',
    'wireplumber/wireplumber.conf.d/80-punktfunk.conf': `wireplumber.profiles = {
  main = { hardware.audio = disabled, hardware.bluetooth = disabled, hardware.video-capture = disabled }
}
`,
    // A file of its own, because Sway takes quotes out of a command.
    'clock.sh': "while date '+%A %H:%M:%S'; do sleep 1; done\n",
    'sway.conf': `xwayland disable
output HEADLESS-1 mode --custom 1280x720@60Hz
output * bg #1d2a35 solid_color
default_border none
focus_follows_mouse no
bar {
  position bottom
  font monospace 11
  status_command exec sh "$XDG_RUNTIME_DIR/config/clock.sh"
  colors {
    background #14202a
    statusline #d8e2ea
  }
}
${terminal ? `exec ${terminal}` : ''}
`,
  };
}

/** A shell for the terminal: a service's account often has none. */
function loginShell(): string {
  let shell = process.env.SHELL;
  try {
    shell ||= userInfo().shell ?? undefined;
  } catch {
    // a uid without a passwd entry
  }
  return !shell || /\/(nologin|false)$/.test(shell) ? '/bin/sh' : shell;
}

/** Throws PunktfunkError DISPLAY_UNAVAILABLE that says what is missing. Takes about a second. */
export async function openEmbedded(options: DisplayOptions): Promise<Display> {
  const unavailable = (reason: string) => new PunktfunkError('DISPLAY_UNAVAILABLE', { reason });
  if (process.getuid?.() === 0) {
    throw unavailable(
      'the embedded desktop does not run as root (Sway refuses it); start the host as an ordinary user',
    );
  }
  const missing = Object.entries(needed_programs).filter(([program]) => !findProgram(program));
  if (missing.length > 0) {
    const packages = missing.map(([, name]) => name).join(' ');
    throw unavailable(`${missing.map(([program]) => program).join(', ')} missing (Debian: apt install ${packages})`);
  }
  const desktop = new EmbeddedDesktop(join(options.runtime_dir, 'desktop'), options.log);
  try {
    return await desktop.start();
  } catch (error) {
    await desktop.close();
    throw error instanceof PunktfunkError ? error : unavailable(reasonOf(error));
  }
}

class EmbeddedDesktop {
  readonly #directory: string;
  readonly #log: Logger;
  readonly #environment: Record<string, string>;
  readonly #children: Child[] = [];
  #output: SwayOutput | undefined;
  #onGone: (sentence: string) => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(directory: string, log: Logger) {
    this.#directory = directory;
    this.#log = log;
    this.#environment = {
      XDG_RUNTIME_DIR: directory,
      WAYLAND_DISPLAY: wayland_display,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(directory, 'bus')}`,
      XDG_SESSION_TYPE: 'wayland',
      XDG_CURRENT_DESKTOP: 'sway',
      SWAYSOCK: join(directory, sway_socket),
    };
  }

  async start(): Promise<Display> {
    const config = join(this.#directory, 'config');
    for (const [name, contents] of Object.entries(configFiles(findProgram('foot')))) {
      mkdirSync(dirname(join(config, name)), { recursive: true, mode: 0o700 });
      writeFileSync(join(config, name), contents);
    }
    chmodSync(this.#directory, 0o700);

    const bus = this.#run('dbus-daemon', [
      '--session',
      `--address=${this.#environment.DBUS_SESSION_BUS_ADDRESS}`,
      '--nofork',
      '--nopidfile',
    ]);
    await this.#up(bus, 'bus');
    // Its own configuration and state: the user's sound settings are neither used nor changed.
    const sound = { XDG_CONFIG_HOME: config, XDG_STATE_HOME: join(this.#directory, 'state') };
    const pipewire = this.#run('pipewire', [], sound);
    const sway = this.#run('sway', ['--config', join(config, 'sway.conf')], {
      WLR_BACKENDS: 'headless',
      WLR_RENDERER: 'pixman',
      WLR_LIBINPUT_NO_DEVICES: '1',
      WAYLAND_DISPLAY: undefined, // it would open a window there
      LANG: process.env.LANG ?? 'C.UTF-8',
      SHELL: loginShell(),
    });
    await this.#up(pipewire, 'pipewire-0');
    this.#run('wireplumber', [], sound);
    await this.#up(sway, wayland_display);
    await this.#up(sway, sway_socket);
    const output = await SwayOutput.open(join(this.#directory, sway_socket), this.#log);
    this.#output = output;
    return this.#display(output);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#output?.close();
      // The last that came is the first that goes: nobody sees the one it depends on vanish.
      for (const child of this.#children.toReversed()) await child.stop();
      rmSync(this.#directory, { recursive: true, force: true });
    })();
    return this.#closing;
  }

  #display(output: SwayOutput): Display {
    return {
      description: `embedded desktop (sway, ${output.name})`,
      environment: this.#environment,
      videoTarget: () => ({ kind: 'wlroots', wayland_display, output: output.name }),
      inputTarget: () => ({ kind: 'wlroots', wayland_display, output: output.name }),
      setMode: (mode) => output.setMode(mode),
      restoreMode: () => output.restoreMode(),
      onGone: (listener) => {
        this.#onGone = listener;
      },
      close: () => this.close(),
    };
  }

  #run(program: string, parameters: string[], extra: Record<string, string | undefined> = {}): Child {
    const environment = { ...process.env, ...this.#environment, ...extra };
    for (const name of ['DISPLAY', 'PIPEWIRE_REMOTE', 'PIPEWIRE_RUNTIME_DIR', 'XDG_SESSION_ID'])
      delete environment[name];
    const child = new Child(program, [findProgram(program) ?? program, ...parameters], environment, this.#log);
    this.#children.push(child);
    void child.ended.then((how) => {
      if (this.#closing) return;
      this.#log.error({ event: 'desktop_program_ended', program }, `${how}. ${child.last_words}`);
      this.#onGone(how);
    });
    return child;
  }

  #up(child: Child, socket: string): Promise<void> {
    return waitForSocket(join(this.#directory, socket), child, start_ms);
  }
}
