// A desktop of our own for machines that show none: session bus, PipeWire, WirePlumber and a headless Sway with a terminal, a launcher and
// a clock, all under one private runtime directory, all as this ordinary user, all gone when the host goes. Sway is the desktop; the others
// serve it and are started again when they end.

import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { plainEnvironment } from '../environment.ts';
import { PunktfunkError, problemReport, reasonOf } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import type { Logger } from '../log.ts';
import { answers, Child, waitForSocket } from './child.ts';
import { Desktop } from './desktop.ts';
import type { Display, DisplayOptions } from './display.ts';
import type { Driver } from './drivers/driver.ts';
import { soundFiles, swayFiles, writeConfig } from './embedded-config.ts';
import { installedPrograms, lacking, missingPrograms, packagesOf } from './embedded-programs.ts';
import { lookForSession } from './found.ts';
import { HeadlessSway, own_output, start_ms, sway_session } from './headless-sway.ts';
import { machineKeyboard } from './keyboard-layout.ts';
import { Service } from './service.ts';
import { SpawnedSways } from './spawned.ts';

const wayland_display = 'wayland-1';
const sway_socket = 'sway.sock';

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
  #sway: HeadlessSway | undefined;
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
      ...sway_session,
      SWAYSOCK: this.#at(sway_socket),
      ...machineKeyboard(this.#outside),
    };
  }

  async start(): Promise<Display> {
    rmSync(this.#directory, { recursive: true, force: true }); // of a host that was killed: Sway takes no name that is there
    const config = this.#at('config');
    const pulse = this.#find('pipewire-pulse') !== undefined;
    writeConfig(config, {
      ...soundFiles(),
      ...swayFiles(installedPrograms(this.#outside.PATH), {
        directory: '$XDG_RUNTIME_DIR/config',
        settings_file: join(this.#options.data_dir, 'config.json'),
        output: own_output,
        mode: '1280x720',
      }),
    });
    chmodSync(this.#directory, 0o700);

    await this.#serve('bus', 'dbus-daemon', {
      parameters: ['--session', `--address=${this.#environment.DBUS_SESSION_BUS_ADDRESS}`, '--nofork', '--nopidfile'],
    });
    // Its own configuration and state: the user's sound settings are neither used nor changed.
    const sound = { XDG_CONFIG_HOME: config, XDG_STATE_HOME: this.#at('state') };
    const pipewire = this.#serve('pipewire-0', 'pipewire', { environment: sound });
    this.#sway = new HeadlessSway({
      config: join(config, 'sway.conf'),
      wayland_path: this.#at(wayland_display),
      control_path: this.#at(sway_socket),
      outside: this.#outside,
      environment: this.#environment,
      log: this.#log,
    });
    const driver = this.#sway.open();
    driver.catch(() => {}); // told below, if nothing else fails before
    await pipewire;
    await this.#serve(undefined, 'wireplumber', { environment: sound, needs: 'pipewire-0' });
    if (pulse) await this.#serve(undefined, 'pipewire-pulse', { environment: sound, needs: 'pipewire-0' });
    for (const one of lacking(this.#outside.PATH))
      this.#log.info({ event: 'desktop_lacks', program: one.parameters.program }, problemReport(one).advice);
    return this.#display(await driver, this.#sway.gone);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      // The last that came is the first that goes: nobody sees the one it depends on vanish.
      const [bus, ...others] = this.#services.values();
      for (const service of others.toReversed()) await service.stop();
      await this.#sway?.stop();
      await bus?.stop();
      rmSync(this.#directory, { recursive: true, force: true });
    })();
    return this.#closing;
  }

  #display(driver: Driver, gone: Promise<string>): Display {
    const away = () =>
      [...this.#services].flatMap(([name, { given_up }]) => (given_up === undefined ? [] : [{ name, given_up }]));
    const lost = () =>
      away().map(({ name, given_up }) => ({
        code: 'program_lost' as const,
        parameters: { program: name, reason: given_up },
      }));
    const without = () => away().map(({ name }, index) => `${index === 0 ? ', without' : ' and'} ${name}`);
    const environment = this.#outside;
    const { kind } = this.#options;
    return new Desktop({
      kind: 'embedded',
      driver,
      further: new SpawnedSways(this.#options, this.#environment),
      environment: this.#environment,
      describe: (driven) => `embedded desktop (${driven}${without().join('')})`,
      gone,
      lost,
      shortcomings: () => lacking(environment.PATH).filter(({ parameters }) => parameters.program === 'pipewire-pulse'),
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

  #run(program: string, { parameters = [], environment = {} }: Run): Child {
    const variables = { ...plainEnvironment(this.#outside), ...this.#environment, ...environment };
    return new Child(program, [this.#find(program) ?? program, ...parameters], variables, this.#log);
  }
}

interface Run {
  parameters?: string[];
  environment?: Record<string, string>;
}
