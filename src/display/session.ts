// The Wayland session that is already there. Sway takes the client's mode; other wlroots compositors are captured as they are; everybody
// else is asked through the desktop portal.

import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { reasonOf } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import type { Display, DisplayOptions } from './display.ts';
import { SwayOutput } from './sway.ts';
import { waylandGlobals } from './wayland-globals.ts';

const passed_on = [
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_CURRENT_DESKTOP',
  'XDG_SESSION_TYPE',
  'PIPEWIRE_REMOTE',
  'PIPEWIRE_RUNTIME_DIR',
  'SWAYSOCK',
] as const;

/** Undefined when no session answers. */
export async function openSession(
  options: DisplayOptions,
  environment: NodeJS.ProcessEnv,
): Promise<Display | undefined> {
  const runtime_dir = environment.XDG_RUNTIME_DIR;
  if (!runtime_dir) return undefined;
  const found = await findSession(environment);
  if (!found) return undefined;
  const { wayland_display, globals } = found;
  const desktop_environment: Record<string, string> = { WAYLAND_DISPLAY: wayland_display };
  for (const name of passed_on) {
    const value = environment[name];
    if (value !== undefined) desktop_environment[name] = value;
  }
  desktop_environment.DBUS_SESSION_BUS_ADDRESS ??= `unix:path=${join(runtime_dir, 'bus')}`;
  const input =
    globals.has('zwlr_virtual_pointer_manager_v1') && globals.has('zwp_virtual_keyboard_manager_v1')
      ? wayland_display
      : null;
  const base = { environment: desktop_environment, input };
  if (!globals.has('zwlr_screencopy_manager_v1')) return portalDisplay(base, options);
  const sway_socket = environment.SWAYSOCK ?? findSwaySocket(runtime_dir);
  if (sway_socket) {
    try {
      return swayDisplay(base, wayland_display, await SwayOutput.open(sway_socket, options.log));
    } catch (error) {
      options.log.warn(
        { event: 'sway_silent', socket: sway_socket },
        `Sway's control socket is of no use (${reasonOf(error)}); the desktop keeps its own mode.`,
      );
    }
  }
  return {
    description: `this session (${wayland_display}, wlroots)`,
    environment: desktop_environment,
    videoTarget: () => ({ kind: 'wlroots', wayland_display, output: '' }),
    inputTarget: () => (input === null ? null : { kind: 'wlroots', wayland_display: input, output: '' }),
    setMode: async () => {}, // the picture is scaled to the client's size
    restoreMode: async () => {},
    onGone: () => {},
    close: async () => {},
  };
}

interface Base {
  environment: Record<string, string>;
  input: string | null;
}

function swayDisplay(base: Base, wayland_display: string, output: SwayOutput): Display {
  let closing = false;
  return {
    description: `this session (sway, ${output.name})`,
    environment: base.environment,
    videoTarget: () => ({ kind: 'wlroots', wayland_display, output: output.name }),
    inputTarget: () =>
      base.input === null ? null : { kind: 'wlroots', wayland_display: base.input, output: output.name },
    setMode: (mode) => output.setMode(mode),
    restoreMode: () => output.restoreMode(),
    onGone: (listener) => {
      void output.gone.then((reason) => {
        if (!closing) listener(reason);
      });
    },
    close: async () => {
      closing = true;
      output.close();
    },
  };
}

function portalDisplay(base: Base, options: DisplayOptions): Display {
  const grant_file = join(options.data_dir, 'portal-grant');
  let restore_token = '';
  try {
    restore_token = readFileSync(grant_file, 'utf8').trim().slice(0, 1024);
  } catch {
    // none yet: the desktop asks its user once
  }
  return {
    description: `this session (${base.environment.XDG_CURRENT_DESKTOP ?? 'desktop'}, through the desktop portal)`,
    environment: base.environment,
    videoTarget: () => ({ kind: 'portal', restore_token }),
    inputTarget: () => (base.input === null ? null : { kind: 'wlroots', wayland_display: base.input, output: '' }),
    setMode: async () => {}, // the picture is scaled to the client's size
    restoreMode: async () => {},
    keepGrant: (token) => {
      restore_token = token;
      writeFileAtomically(grant_file, `${token}\n`);
      chmodSync(grant_file, 0o600);
    },
    onGone: () => {},
    close: async () => {},
  };
}

/** The compositor that answers in XDG_RUNTIME_DIR: the one that WAYLAND_DISPLAY names, else the first. */
export async function findSession(
  environment: NodeJS.ProcessEnv,
): Promise<{ wayland_display: string; globals: Set<string> } | undefined> {
  const { XDG_RUNTIME_DIR: runtime_dir, WAYLAND_DISPLAY: named } = environment;
  if (!runtime_dir) return undefined;
  const candidates = named ? [named] : list(runtime_dir, /^wayland-\d+$/);
  for (const wayland_display of candidates) {
    const path = isAbsolute(wayland_display) ? wayland_display : join(runtime_dir, wayland_display);
    try {
      return { wayland_display, globals: await waylandGlobals(path) };
    } catch {
      // a socket that a dead compositor left behind
    }
  }
  return undefined;
}

function findSwaySocket(runtime_dir: string): string | undefined {
  const [name] = list(runtime_dir, /^sway-ipc\.\d+\.\d+\.sock$/);
  return name === undefined ? undefined : join(runtime_dir, name);
}

function list(directory: string, pattern: RegExp): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => pattern.test(name))
      .sort();
  } catch {
    return [];
  }
}
