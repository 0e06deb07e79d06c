// The Wayland session that is already there. Sway takes the client's mode; other wlroots compositors are captured as they are; everybody
// else is asked through the desktop portal.

import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import type { Display, DisplayOptions, Shortcoming } from './display.ts';
import { findCompositor, swaySockets } from './find-session.ts';
import { machineKeyboard } from './keyboard-layout.ts';
import { ModeNote } from './mode-note.ts';
import { SwayOutput } from './sway.ts';
import type { WaylandConnection } from './wayland-connection.ts';

const passed_on = [
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_CURRENT_DESKTOP',
  'XDG_SESSION_TYPE',
  'PIPEWIRE_REMOTE',
  'PIPEWIRE_RUNTIME_DIR',
] as const;

/** The session that would be streamed now, for people; undefined when none answers. */
export async function lookForSession(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const found = await findCompositor(environment);
  if (!found) return undefined;
  const how = isWlroots(found.connection) ? 'screencopy' : 'the desktop portal';
  found.connection.close();
  return `the Wayland session ${found.wayland_display}, captured through ${how}`;
}

/** Undefined when no session answers. */
export async function openSession(options: DisplayOptions): Promise<Display | undefined> {
  const environment = options.environment ?? process.env;
  const found = await findCompositor(environment);
  if (!found) return undefined;
  const session = new Session(found, environment);
  if (!isWlroots(found.connection)) return session.portal(options.data_dir);
  for (const socket of swaySockets(environment, found.path)) {
    try {
      const output = await SwayOutput.open(socket, options.log, { note: new ModeNote(options.data_dir) });
      return session.sway({ socket, output });
    } catch (error) {
      options.log.warn(
        { event: 'sway_silent', socket },
        `Sway's control socket is of no use (${reasonOf(error)}); the desktop keeps its own mode.`,
      );
    }
  }
  return session.wlroots();
}

const isWlroots = (connection: WaylandConnection): boolean => connection.offers('zwlr_screencopy_manager_v1');

/** What all sessions have in common: the connection to the compositor, held as long as the session is streamed from. */
class Session {
  readonly #wayland_display: string;
  readonly #connection: WaylandConnection;
  readonly #environment: Record<string, string>;
  #closing = false;

  constructor(found: { wayland_display: string; connection: WaylandConnection }, environment: NodeJS.ProcessEnv) {
    this.#wayland_display = found.wayland_display;
    this.#connection = found.connection;
    // The keyboard is for a session that has none of its own, such as a seat without devices.
    this.#environment = { ...machineKeyboard(environment), WAYLAND_DISPLAY: found.wayland_display };
    for (const name of passed_on) {
      const value = environment[name];
      if (value !== undefined) this.#environment[name] = value;
    }
    this.#environment.DBUS_SESSION_BUS_ADDRESS ??= `unix:path=${join(environment.XDG_RUNTIME_DIR ?? '', 'bus')}`;
  }

  sway({ socket, output }: { socket: string; output: SwayOutput }): Display {
    return {
      ...this.#common(output.name, { socket, gone: output.gone }),
      description: `this session (sway, ${output.name})`,
      environment: { ...this.#environment, SWAYSOCK: socket },
      videoTarget: () => ({ kind: 'wlroots', wayland_display: this.#wayland_display, output: output.name }),
      setMode: async (mode, may_change = true) => [
        ...(await (may_change ? output.setMode(mode) : output.switchOn())),
        ...this.#stayAwake(),
      ],
      restoreMode: () => {
        this.#connection.letSleep();
        return output.restoreMode();
      },
      isFirstChoice: () => output.isThere(),
      close: async () => {
        this.#close();
        output.close();
      },
    };
  }

  wlroots(): Display {
    return {
      ...this.#common(''),
      description: `this session (${this.#wayland_display}, wlroots)`,
      videoTarget: () => ({ kind: 'wlroots', wayland_display: this.#wayland_display, output: '' }),
      setMode: async () => [own_mode, ...this.#stayAwake()],
      restoreMode: async () => this.#connection.letSleep(),
    };
  }

  portal(data_dir: string): Display {
    const grant_file = join(data_dir, 'portal-grant');
    let restore_token = '';
    try {
      restore_token = readFileSync(grant_file, 'utf8').trim().slice(0, 1024);
    } catch {
      // none yet: the desktop asks its user once
    }
    return {
      ...this.#common(''),
      description: `this session (${this.#environment.XDG_CURRENT_DESKTOP ?? 'desktop'}, through the desktop portal)`,
      videoTarget: () => ({ kind: 'portal', restore_token }),
      setMode: async () => [own_mode], // the engine keeps it awake, through the portal (native/engine/capture/portal_session.h)
      restoreMode: async () => {}, // nothing was changed
      keepGrant: (token) => {
        restore_token = token;
        writeFileAtomically(grant_file, `${token}\n`);
        chmodSync(grant_file, 0o600);
      },
    };
  }

  #common(output: string, sway?: { socket: string; gone: Promise<string> }) {
    const wayland_display = this.#wayland_display;
    const can_inject =
      this.#connection.offers('zwlr_virtual_pointer_manager_v1') &&
      this.#connection.offers('zwp_virtual_keyboard_manager_v1');
    const gone = sway ? Promise.race([this.#connection.closed, sway.gone]) : this.#connection.closed;
    const target = { kind: 'wlroots' as const, wayland_display, output };
    return {
      kind: 'session' as const,
      environment: this.#environment,
      inputTarget: () => (can_inject ? { ...target, ...(sway && { sway_socket: sway.socket }) } : null),
      onGone: (listener: (sentence: string) => void) => {
        void gone.then((reason) => {
          if (!this.#closing) listener(reason);
        });
      },
      ask: () => this.#connection.ping().then(() => undefined, reasonOf),
      isFirstChoice: async () => true,
      close: async () => this.#close(),
    };
  }

  #close(): void {
    this.#closing = true;
    this.#connection.close();
  }

  #stayAwake(): Shortcoming[] {
    return this.#connection.stayAwake() ? [] : [may_sleep];
  }
}

const own_mode: Shortcoming = {
  code: 'own_mode',
  detail: "This desktop keeps its own size and rate; the picture is scaled to the client's.",
};
const may_sleep: Shortcoming = {
  code: 'may_sleep',
  detail: 'This desktop does not let itself be kept awake; power saving may switch it off while it is streamed.',
};
