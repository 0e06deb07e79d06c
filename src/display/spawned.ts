// Further clients of a desktop: each has a headless Sway of its own, spawned when it comes, with the desktop's bus and sound server, and a
// sink that is heard by this client alone (docs/sway-seats.md says why they do not share one). It goes on while its client is away, and
// ends with what the client has left there.

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SoundTarget } from '../contract/audio.ts';
import { PunktfunkError, reasonOf } from '../errors.ts';
import type { Further } from './desktop.ts';
import type { Client, DisplayOptions, Mode } from './display.ts';
import type { DrivenOutput, Driver } from './drivers/driver.ts';
import { swayFiles, writeConfig } from './embedded-config.ts';
import { installedPrograms, missingForSway, packagesOf } from './embedded-programs.ts';
import { HeadlessSway, own_output, sway_session } from './headless-sway.ts';

/** Each costs a capture and an encoder, as the desktop's own output does. */
const max_spawned = 3;
/** In the environment of all that runs in a spawned Sway: its folder. */
const folder_variable = 'PUNKTFUNK_SWAY';

export class SpawnedSways implements Further {
  readonly max_outputs: number;
  readonly lacking: string | undefined;
  readonly #options: DisplayOptions;
  readonly #desktop: Readonly<Record<string, string>>;
  /** By their clients. */
  readonly #spawned = new Map<string, Spawned>();
  /** Of those that are there, and of those that still end: a folder is one Sway's at a time. */
  readonly #numbers = new Set<number>();

  /** `desktop`: what a program needs to reach the one that is there. */
  constructor(options: DisplayOptions, desktop: Readonly<Record<string, string>>) {
    this.#options = options;
    this.#desktop = desktop;
    this.lacking = lackingFor(options.environment ?? process.env);
    this.max_outputs = this.lacking === undefined ? max_spawned : 0;
  }

  hasRoom(): boolean {
    return this.#spawned.size < this.max_outputs;
  }

  holds({ id }: Client): boolean {
    return this.#spawned.has(id);
  }

  async lease(mode: Mode, client: Client): Promise<DrivenOutput> {
    return (this.#spawned.get(client.id) ?? (await this.#spawn(mode, client))).lease(mode);
  }

  async forget(client_id: string): Promise<void> {
    const spawned = this.#spawned.get(client_id);
    this.#spawned.delete(client_id);
    await spawned?.stop();
    if (spawned) this.#numbers.delete(spawned.number);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#spawned.keys()].map((client_id) => this.forget(client_id)));
  }

  async #spawn(mode: Mode, { id }: Client): Promise<Spawned> {
    let number = 2;
    while (this.#numbers.has(number)) number++;
    this.#numbers.add(number);
    const spawned = new Spawned(number, mode, this.#options, this.#desktop);
    this.#spawned.set(id, spawned);
    try {
      await spawned.open();
    } catch (error) {
      await this.forget(id);
      throw new PunktfunkError('DISPLAY_FULL', { reason: `no Sway could be started for it (${reasonOf(error)})` });
    }
    void spawned.gone.then(() => {
      if (this.#spawned.get(id) === spawned) void this.forget(id);
    });
    return spawned;
  }
}

/** Why this host can spawn none, as the end of a sentence. */
function lackingFor({ PATH: path }: NodeJS.ProcessEnv): string | undefined {
  if (process.getuid?.() === 0) return 'each further client needs a Sway of its own, which refuses to run as root';
  const missing = missingForSway(path);
  if (missing.length === 0) return undefined;
  return `each further client needs a Sway of its own, and ${missing.join(', ')} is not installed (Debian: apt install ${packagesOf(missing)})`;
}

class Spawned {
  readonly number: number;
  /** Resolves with how it ended, unless it was stopped. */
  readonly gone: Promise<string>;
  readonly #folder: string;
  readonly #sound: SoundTarget;
  readonly #sway: HeadlessSway;
  readonly #wayland_path: string;
  readonly #environment: Readonly<Record<string, string>>;
  #driver: Driver | undefined;

  constructor(number: number, mode: Mode, options: DisplayOptions, desktop: Readonly<Record<string, string>>) {
    const { runtime_dir, data_dir, log, environment: outside = process.env } = options;
    this.number = number;
    this.#folder = join(runtime_dir, `sway-${number}`);
    this.#wayland_path = join(this.#folder, 'wayland');
    const sink_name = `punktfunk-${number}`;
    this.#sound = { sink_name, sink_description: `punktfunk stream ${number}`, make_default: false };
    // Of Sway itself: what is opened by a key or by the launcher is heard there, too.
    this.#environment = {
      ...sway_session,
      [folder_variable]: this.#folder,
      PULSE_SINK: sink_name,
      PIPEWIRE_NODE: sink_name,
    };
    rmSync(this.#folder, { recursive: true, force: true }); // of a host that was killed
    writeConfig(
      this.#folder,
      swayFiles(installedPrograms(outside.PATH), {
        directory: `$${folder_variable}`,
        settings_file: join(data_dir, 'config.json'),
        output: own_output,
        mode: `${mode.width}x${mode.height}`,
        // Sway takes the first name that is free in the desktop's own directory, and tells it to its programs alone.
        started: `ln -s "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" "$${folder_variable}/wayland"`,
      }),
    );
    this.#sway = new HeadlessSway({
      config: join(this.#folder, 'sway.conf'),
      wayland_path: this.#wayland_path,
      control_path: join(this.#folder, 'sway.sock'),
      outside,
      environment: { ...desktop, ...this.#environment },
      log,
    });
    this.gone = this.#sway.gone;
  }

  async open(): Promise<void> {
    this.#driver = await this.#sway.open();
  }

  async lease(mode: Mode): Promise<DrivenOutput> {
    if (!this.#driver) throw new PunktfunkError('DISPLAY_GONE', { reason: 'it is not open' });
    const driven = await this.#driver.open(mode, true);
    return {
      ...driven,
      description: basename(this.#folder),
      sound: this.#sound,
      gone: this.gone,
      environment: { ...this.#environment, ...this.#driver.environment },
    };
  }

  /** Its programs end with it. */
  async stop(): Promise<void> {
    await this.#sway.stop();
    hangUp(`${folder_variable}=${this.#folder}`);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/**
 * As a terminal does that is closed. Programs without a window outlive their Sway, and would be heard by another client; what is meant to
 * outlive its session (nohup, tmux) does.
 */
function hangUp(variable: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
      if (variables.includes(variable)) process.kill(Number(pid), 'SIGHUP');
    } catch {
      // gone this moment, or another user's
    }
  }
}
