// A desktop of our own for machines that show none: session bus, PipeWire, WirePlumber and a headless Sway with a terminal, a launcher and
// a clock, all under one private runtime directory, all as this ordinary user, all gone when the host goes. Sway is the desktop; the others
// serve it and are started again when they end.

import { accessSync, chmodSync, constants, rmSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { plainEnvironment } from '../environment.ts';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import type { Logger } from '../log.ts';
import { answers, Child, waitForSocket } from './child.ts';
import { Desktop } from './desktop.ts';
import type { Display, DisplayOptions } from './display.ts';
import type { Driver } from './drivers/driver.ts';
import { openSway } from './drivers/sway.ts';
import { SwayControl, sway_limits } from './drivers/sway-control.ts';
import { greeting, soundFiles, swayFiles, writeConfig } from './embedded-config.ts';
import { lacking, missingPrograms, packagesOf } from './embedded-programs.ts';
import { lookForSession } from './found.ts';
import { machineKeyboard } from './keyboard-layout.ts';
import { Service } from './service.ts';
import { WaylandConnection } from './wayland-connection.ts';

const start_ms = 30_000; // about a second; many on a machine that is busy or still booting
/** Our own Sway does not refuse: it may only be slow. */
const patience_ms = 10_000;
const wayland_display = 'wayland-1';
const sway_socket = 'sway.sock';

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

/** Throws PunktfunkError DISPLAY_UNAVAILABLE that says what is missing. Takes about a second. */
export async function openEmbedded(options: DisplayOptions): Promise<Display> {
  const unavailable = (reason: string) => new PunktfunkError('DISPLAY_UNAVAILABLE', { reason });
  if (process.getuid?.() === 0) {
    throw unavailable(
      'the embedded desktop does not run as root (Sway refuses it); start the host as an ordinary user',
    );
  }
  const path = options.environment?.PATH;
  const missing = missingPrograms(path);
  if (missing.length > 0)
    throw unavailable(`${missing.join(', ')} missing (Debian: apt install ${packagesOf(missing)})`);
  options.signal?.throwIfAborted();
  const desktop = new EmbeddedDesktop(options);
  // What it waits for ends, and so does the waiting.
  const giveUp = () => void desktop.close();
  options.signal?.addEventListener('abort', giveUp);
  try {
    const display = await desktop.start();
    options.signal?.throwIfAborted();
    return display;
  } catch (error) {
    await desktop.close();
    throw error instanceof PunktfunkError ? error : unavailable(reasonOf(error));
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
}

class EmbeddedDesktop {
  readonly #options: DisplayOptions;
  readonly #directory: string;
  readonly #log: Logger;
  /** Of the host. */
  readonly #outside: NodeJS.ProcessEnv;
  readonly #environment: Record<string, string>;
  readonly #services = new Map<string, Service>();
  #sway: Child | undefined;
  #connection: WaylandConnection | undefined;
  #control: SwayControl | undefined;
  readonly #gone = Promise.withResolvers<string>();
  #closing: Promise<void> | undefined;

  constructor(options: DisplayOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#outside = options.environment ?? process.env;
    const directory = join(options.runtime_dir, 'desktop');
    this.#directory = directory;
    this.#environment = {
      XDG_RUNTIME_DIR: directory,
      WAYLAND_DISPLAY: wayland_display,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${this.#at('bus')}`,
      XDG_SESSION_TYPE: 'wayland',
      XDG_CURRENT_DESKTOP: 'sway',
      SWAYSOCK: this.#at(sway_socket),
      ...machineKeyboard(this.#outside),
    };
  }

  async start(): Promise<Display> {
    rmSync(this.#directory, { recursive: true, force: true }); // of a host that was killed: Sway takes no name that is there
    const config = this.#at('config');
    const pulse = this.#find('pipewire-pulse') !== undefined;
    const programs = {
      terminal: this.#find('foot') !== undefined,
      launcher: this.#find('fuzzel') !== undefined,
    };
    writeConfig(config, {
      ...soundFiles(),
      ...swayFiles(programs, {
        directory: '$XDG_RUNTIME_DIR/config',
        settings_file: join(this.#options.data_dir, 'config.json'),
        mode: '1280x720@60Hz',
      }),
    });
    chmodSync(this.#directory, 0o700);

    await this.#serve('bus', 'dbus-daemon', {
      parameters: ['--session', `--address=${this.#environment.DBUS_SESSION_BUS_ADDRESS}`, '--nofork', '--nopidfile'],
    });
    // Its own configuration and state: the user's sound settings are neither used nor changed.
    const sound = { XDG_CONFIG_HOME: config, XDG_STATE_HOME: this.#at('state') };
    const pipewire = this.#serve('pipewire-0', 'pipewire', { environment: sound });
    const sway = this.#run('sway', {
      parameters: ['--config', join(config, 'sway.conf')],
      environment: {
        WLR_BACKENDS: 'headless',
        WLR_RENDERER: 'pixman',
        WLR_LIBINPUT_NO_DEVICES: '1',
        WAYLAND_DISPLAY: undefined, // it would open a window there
        LANG: this.#outside.LANG ?? 'C.UTF-8',
        SHELL: loginShell(this.#outside),
        TERMINAL: 'foot', // what the launcher opens programs without windows in
      },
      directory: startDirectory(this.#outside),
    });
    this.#sway = sway;
    await pipewire;
    await this.#serve(undefined, 'wireplumber', { environment: sound, needs: 'pipewire-0' });
    if (pulse) await this.#serve(undefined, 'pipewire-pulse', { environment: sound, needs: 'pipewire-0' });
    for (const { code, detail } of lacking(this.#outside.PATH))
      this.#log.info({ event: 'desktop_lacks', code }, detail);
    for (const socket of [wayland_display, sway_socket]) await waitForSocket(this.#at(socket), sway, start_ms);
    this.#connection = await WaylandConnection.open(this.#at(wayland_display), start_ms);
    const socket = this.#at(sway_socket);
    const limits = { ...sway_limits, answer_ms: patience_ms, effect_ms: patience_ms };
    this.#control = await SwayControl.open(socket, limits);
    const driver = await openSway({
      wayland_display,
      connection: this.#connection,
      socket,
      control: this.#control,
      ...(programs.terminal ? { welcome: (variables) => greeting('$XDG_RUNTIME_DIR/config', variables) } : {}),
    });
    void sway.ended.then((how) => {
      if (this.#closing !== undefined) return;
      this.#log.error({ event: 'desktop_program_ended', program: 'sway' }, `${how}. ${sway.last_words}`);
      this.#gone.resolve(how);
    });
    return this.#display(driver);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#control?.close();
      this.#connection?.close();
      // The last that came is the first that goes: nobody sees the one it depends on vanish.
      const [bus, ...others] = this.#services.values();
      for (const service of others.toReversed()) await service.stop();
      await this.#sway?.stop();
      await bus?.stop();
      rmSync(this.#directory, { recursive: true, force: true });
    })();
    return this.#closing;
  }

  #display(driver: Driver): Display {
    const gone = () =>
      [...this.#services].flatMap(([name, { given_up }]) => (given_up === undefined ? [] : [{ name, given_up }]));
    const lost = () =>
      gone().map(({ name, given_up }) => ({
        code: `${name.replaceAll('-', '_')}_lost`,
        detail: `The desktop has lost ${name}: ${given_up}.`,
      }));
    const without = () => gone().map(({ name }, index) => `${index === 0 ? ', without' : ' and'} ${name}`);
    const environment = this.#outside;
    const { kind } = this.#options;
    return new Desktop({
      kind: 'embedded',
      driver,
      environment: this.#environment,
      describe: (driven) => `embedded desktop (${driven}${without().join('')})`,
      gone: this.#gone.promise,
      lost,
      shortcomings: () => lacking(environment.PATH).filter(({ code }) => code === 'no_pipewire_pulse'),
      isFirstChoice: async () => kind !== 'auto' || (await lookForSession(environment)) === undefined,
      close: () => this.close(),
    });
  }

  #find(program: string): string | undefined {
    return findProgram(program, this.#outside.PATH);
  }

  #at(name: string): string {
    return join(this.#directory, name);
  }

  /** Starts a program that is started again when it ends; resolves when its socket answers. */
  async #serve(socket: string | undefined, program: string, run: Run & { needs?: string }): Promise<void> {
    const { needs } = run;
    if (this.#closing !== undefined) throw new Error('the desktop is being closed');
    const service = new Service({
      name: program,
      log: this.#log,
      start: () => this.#run(program, run),
      ...(needs ? { needs: (signal) => answers(this.#at(needs), signal) } : {}),
    });
    this.#services.set(program, service);
    if (socket !== undefined) await waitForSocket(this.#at(socket), service.child, start_ms);
  }

  #run(program: string, { parameters = [], environment = {}, directory }: Run): Child {
    const variables = { ...plainEnvironment(this.#outside), ...this.#environment, ...environment };
    return new Child(program, [this.#find(program) ?? program, ...parameters], variables, this.#log, directory);
  }
}

interface Run {
  parameters?: string[];
  environment?: Record<string, string | undefined>;
  directory?: string;
}
