// A Sway of our own, without a monitor: it ends with the host, or when it is told to.

import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { plainEnvironment } from '../environment.ts';
import { findProgram } from '../find-program.ts';
import type { Logger } from '../log.ts';
import { Child, waitForSocket } from './child.ts';
import type { Driver } from './drivers/driver.ts';
import { openSway } from './drivers/sway.ts';
import { SwayControl, sway_limits } from './drivers/sway-control.ts';
import { WaylandConnection } from './wayland-connection.ts';

/** About a second; many on a machine that is busy or still booting. */
export const start_ms = 30_000;
/** Our own Sway does not refuse: it may only be slow. */
const patience_ms = 10_000;

/** Of all programs in one. */
export const sway_session = { XDG_SESSION_TYPE: 'wayland', XDG_CURRENT_DESKTOP: 'sway' } as const;

export interface HeadlessSwayOptions {
  config: string;
  /** Its Wayland socket, or a link to it. */
  wayland_path: string;
  control_path: string;
  /** Of the host. */
  outside: NodeJS.ProcessEnv;
  /** Of the desktop: bus, sound, keyboard. */
  environment: Readonly<Record<string, string>>;
  log: Logger;
}

export class HeadlessSway {
  /** Resolves with how it ended, once it is open and not by stop(). */
  readonly gone: Promise<string>;
  readonly #options: HeadlessSwayOptions;
  readonly #child: Child;
  readonly #gone = Promise.withResolvers<string>();
  #driver: Driver | undefined;
  #stopping = false;

  constructor(options: HeadlessSwayOptions) {
    const { config, control_path, outside, environment, log } = options;
    this.#options = options;
    this.gone = this.#gone.promise;
    const variables = {
      ...plainEnvironment(outside),
      ...environment,
      SWAYSOCK: control_path,
      WAYLAND_DISPLAY: undefined, // it would open a window there
      WLR_BACKENDS: 'headless',
      WLR_RENDERER: 'pixman',
      WLR_LIBINPUT_NO_DEVICES: '1',
      LANG: outside.LANG ?? 'C.UTF-8',
      SHELL: loginShell(outside),
      TERMINAL: 'foot', // what the launcher opens programs without windows in
    };
    const sway = findProgram('sway', outside.PATH) ?? 'sway';
    this.#child = new Child('sway', [sway, '--config', config], variables, log, startDirectory(outside));
  }

  /** Resolves when it can be streamed. Throws Error with a sentence. */
  async open(): Promise<Driver> {
    const { wayland_path, control_path, log } = this.#options;
    for (const path of [wayland_path, control_path]) await waitForSocket(path, this.#child, start_ms);
    const connection = await WaylandConnection.open(wayland_path, start_ms);
    try {
      const limits = { ...sway_limits, answer_ms: patience_ms, effect_ms: patience_ms };
      const control = await SwayControl.open(control_path, limits);
      const wayland_display = basename(realpathSync(wayland_path));
      this.#driver = await openSway({ wayland_display, connection, socket: control_path, control });
    } catch (error) {
      connection.close();
      throw error;
    }
    void this.#child.ended.then((how) => {
      if (this.#stopping) return;
      log.error({ event: 'desktop_program_ended', program: 'sway' }, `${how}. ${this.#child.last_words}`);
      this.#gone.resolve(how);
    });
    return this.#driver;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#driver?.close();
    await this.#child.stop();
  }
}

/** A shell for the terminal: a service's account often has none. */
function loginShell(environment: NodeJS.ProcessEnv): string {
  let shell = environment.SHELL;
  try {
    shell ||= userInfo().shell ?? undefined;
  } catch {
    // a uid without a passwd entry
  }
  return !shell || /\/(nologin|false)$/.test(shell) ? '/bin/sh' : shell;
}

/** Where the desktop's programs begin: the user's home where there is one. */
function startDirectory(environment: NodeJS.ProcessEnv): string {
  const { HOME: home } = environment;
  try {
    if (!home) return '/';
    accessSync(home, constants.X_OK);
    return statSync(home).isDirectory() ? home : '/';
  } catch {
    return '/';
  }
}
