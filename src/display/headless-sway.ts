// A Sway of our own, without a monitor, on a screen that keeps its time (screen.ts): it ends with the host, or when it is told to.

import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { plainEnvironment } from '../environment.ts';
import { findProgram } from '../find-program.ts';
import type { Logger } from '../log.ts';
import { Child, waitForSocket } from './child.ts';
import type { Driver } from './drivers/driver.ts';
import { openSway } from './drivers/sway.ts';
import { SwayControl, sway_limits } from './drivers/sway-control.ts';
import { Screen } from './screen.ts';
import { WaylandConnection } from './wayland-connection.ts';

/** About a second; many on a machine that is busy or still booting. */
export const start_ms = 30_000;
/** Our own Sway does not refuse: it may only be slow. */
const patience_ms = 10_000;

/** Its one output; wlroots names it. */
export const own_output = 'WL-1';
/** Until a client asks for another one. */
const refresh_mhz = 60_000;

/** Of all programs in one. */
export const sway_session = { XDG_SESSION_TYPE: 'wayland', XDG_CURRENT_DESKTOP: 'sway' } as const;

export interface HeadlessSwayOptions {
  /** In its folder. */
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
  #screen: Screen | undefined;
  #child: Child | undefined;
  readonly #gone = Promise.withResolvers<string>();
  #driver: Driver | undefined;
  #stopping = false;

  constructor(options: HeadlessSwayOptions) {
    this.#options = options;
    this.gone = this.#gone.promise;
  }

  /** Resolves when it can be streamed. Throws Error with a sentence. */
  async open(): Promise<Driver> {
    const { config, wayland_path, control_path, log } = this.#options;
    const screen = await Screen.open(join(dirname(config), 'screen'), refresh_mhz);
    this.#screen = screen;
    if (this.#stopping) {
      await screen.close();
      throw new Error('it is being stopped');
    }
    void screen.failed.then((reason) =>
      log.error({ event: 'desktop_program_ended', program: 'screen' }, `The screen of Sway failed: ${reason}.`),
    );
    const child = this.#start(screen);
    this.#child = child;
    for (const path of [wayland_path, control_path]) await waitForSocket(path, child, start_ms);
    const connection = await WaylandConnection.open(wayland_path, start_ms);
    try {
      const limits = { ...sway_limits, answer_ms: patience_ms, effect_ms: patience_ms };
      const control = await SwayControl.open(control_path, limits);
      const wayland_display = basename(realpathSync(wayland_path));
      this.#driver = await openSway({ wayland_display, connection, socket: control_path, control, screen });
    } catch (error) {
      connection.close();
      throw error;
    }
    void child.ended.then((how) => {
      if (this.#stopping) return;
      log.error({ event: 'desktop_program_ended', program: 'sway' }, `${how}. ${child.last_words}`);
      this.#gone.resolve(how);
    });
    return this.#driver;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#driver?.close();
    await this.#child?.stop();
    await this.#screen?.close();
  }

  #start(screen: Screen): Child {
    const { config, control_path, outside, environment, log } = this.#options;
    const variables = {
      ...plainEnvironment(outside),
      ...environment,
      SWAYSOCK: control_path,
      WLR_BACKENDS: 'wayland',
      WAYLAND_DISPLAY: screen.path, // its programs are told its own
      WLR_RENDERER: 'pixman',
      WLR_LIBINPUT_NO_DEVICES: '1',
      LANG: outside.LANG ?? 'C.UTF-8',
      SHELL: loginShell(outside),
      TERMINAL: 'foot', // what the launcher opens programs without windows in
    };
    const sway = findProgram('sway', outside.PATH) ?? 'sway';
    return new Child('sway', [sway, '--config', config], variables, log, startDirectory(outside));
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
