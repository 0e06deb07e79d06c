// An output of a running Sway: it takes the client's mode while a stream is on, and goes back after.

import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/schema';
import { inTime } from '../../deadline.ts';
import { PunktfunkError, reasonOf } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Mode, Shortcoming } from '../display.ts';
import { IpcConnection, ipc_types, output_event } from '../i3-ipc.ts';
import type { ModeNote } from '../mode-note.ts';

export const sway_limits = {
  /** From the command to the compositor's report of the mode. */
  mode_ms: 3_000,
  answer_ms: 2_000,
  /** Sway does not announce every change of a headless output: look again this often meanwhile. */
  recheck_ms: 50,
};

const OutputMode = Type.Object({ width: Type.Integer(), height: Type.Integer(), refresh: Type.Integer() });
const Output = Type.Object({
  name: Type.String({ maxLength: 128 }),
  active: Type.Boolean(),
  /** Whether it is switched on: `power` from Sway 1.8 on, before that only `dpms`. */
  power: Type.Optional(Type.Boolean()),
  dpms: Type.Optional(Type.Boolean()),
  focused: Type.Optional(Type.Boolean()),
  current_mode: Type.Optional(OutputMode),
  /** "normal", "90", "flipped-270" and so on; a mode's sides are the panel's, whatever this says. */
  transform: Type.Optional(Type.String({ maxLength: 32 })),
  modes: Type.Optional(Type.Array(OutputMode)),
});
type Output = Static<typeof Output>;
const CommandReply = Type.Array(Type.Object({ success: Type.Boolean(), error: Type.Optional(Type.String()) }));

export interface SwayOptions {
  /** Where the mode before a stream is kept; none for a Sway that ends with this host. */
  note?: ModeNote;
  limits?: typeof sway_limits;
}

export class SwayOutput {
  /** The output's name, HEADLESS-1 or DP-2. */
  readonly name: string;
  /** Resolves with a reason when the compositor is gone. */
  readonly gone: Promise<string>;
  readonly #ipc: IpcConnection;
  readonly #log: Logger;
  readonly #limits: typeof sway_limits;
  readonly #note: ModeNote | undefined;
  /** The socket of one run of Sway; another run makes another. */
  readonly #compositor: string;
  #before: Output | undefined;
  #changed = Promise.withResolvers<void>();

  private constructor(ipc: IpcConnection, name: string, compositor: string, log: Logger, options: SwayOptions) {
    this.#ipc = ipc;
    this.name = name;
    this.#compositor = compositor;
    this.#log = log;
    this.#limits = options.limits ?? sway_limits;
    this.#note = options.note;
    this.gone = ipc.closed;
    ipc.onEvent = (message) => {
      if (message.type !== output_event) return;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers<void>();
    };
  }

  /** Picks the focused output, else the first active one. Throws Error with a sentence. */
  static async open(socket_path: string, log: Logger, options: SwayOptions = {}): Promise<SwayOutput> {
    const ipc = await IpcConnection.open(socket_path);
    const limits = options.limits ?? sway_limits;
    try {
      const active = (await outputs(ipc, limits)).filter((output) => output.active);
      const chosen = active.find((output) => output.focused) ?? active[0];
      if (!chosen) throw new Error('Sway has no active output');
      await answered(ipc.request(ipc_types.subscribe, '["output"]'), limits);
      const { ino, ctimeMs } = statSync(socket_path);
      const output = new SwayOutput(ipc, chosen.name, `${socket_path} ${ino} ${ctimeMs}`, log, options);
      await output.#putBack(active);
      return output;
    } catch (error) {
      ipc.close();
      throw error;
    }
  }

  async mode(): Promise<Mode> {
    const output = await this.#output();
    return asSeen(output, modeOf(output));
  }

  /** Whether the output is still there and enabled. */
  async isThere(): Promise<boolean> {
    return (await outputs(this.#ipc, this.#limits)).some(({ name, active }) => name === this.name && active);
  }

  /**
   * Switches the output on; resolves when Sway reports exactly this mode. A monitor that refuses keeps its own: told, and the picture is
   * scaled. The output is not switched off again after the stream: what switched it off counts the client's activity, and would not
   * switch it on for the next person at the machine.
   */
  async setMode(wanted: Mode): Promise<Shortcoming[]> {
    const output = await this.#output();
    const mode = nearestListed(output, asSeen(output, wanted));
    await this.#switchOn(output);
    this.#before ??= output;
    const told = this.#noteMode(modeOf(this.#before), mode);
    const refused = await this.#apply(output, mode);
    if (refused === undefined) return told;
    const text = `${mode.width}x${mode.height}@${mode.refresh_mhz / 1000}Hz`;
    if (this.name.startsWith('HEADLESS-'))
      throw new PunktfunkError('DISPLAY_MODE_REFUSED', { mode: text, reason: refused });
    await this.#apply(output, modeOf(output)).catch(() => {}); // it never left it, or says so when the mode is restored
    const detail = `${this.name} does not take ${text} (${refused}); the picture is scaled.`;
    return [...told, { code: 'mode_refused', detail }];
  }

  /** A note that cannot be kept costs nobody his stream. */
  #noteMode(before: Mode, during: Mode): Shortcoming[] {
    try {
      this.#note?.write({ compositor: this.#compositor, output: this.name, before, during });
      return [];
    } catch (error) {
      const detail = `The mode of ${this.name} could not be noted (${reasonOf(error)}): were the host killed, it would not be put back.`;
      return [{ code: 'mode_not_noted', detail }];
    }
  }

  /** For a client that does not want the mode changed: the picture is scaled. */
  async switchOn(): Promise<Shortcoming[]> {
    await this.#switchOn(await this.#output());
    return [];
  }

  async restoreMode(): Promise<void> {
    const before = this.#before;
    if (!before?.current_mode) return;
    const refused = await this.#apply(before, modeOf(before));
    if (refused !== undefined) throw new Error(refused);
    this.#before = undefined;
    this.#note?.remove();
  }

  close(): void {
    this.#ipc.close();
  }

  /** What a host that was killed left behind. */
  async #putBack(active: Output[]): Promise<void> {
    const note = this.#note?.read();
    const output = active.find(({ name }) => name === note?.output);
    if (note?.compositor === this.#compositor && output?.current_mode && sameMode(output.current_mode, note.during)) {
      const refused = await this.#apply(output, note.before);
      const { width, height } = note.before;
      if (refused === undefined)
        this.#log.info(
          { event: 'mode_put_back' },
          `${note.output} shows ${width}x${height} again, as before a stream.`,
        );
      else this.#log.warn({ event: 'mode_not_restored' }, `The mode of ${note.output} was not put back: ${refused}.`);
    }
    this.#note?.remove();
  }

  /** Also where it is reported to be on: a headless output that was told to sleep stays on, and takes no mode until it is told to wake. */
  async #switchOn(output: Output): Promise<void> {
    if (output.power === undefined && output.dpms === undefined) return;
    const command = `output ${output.name} ${output.power === undefined ? 'dpms' : 'power'} on`;
    const failed = await this.#order(command, output.name, isOn);
    if (failed === undefined) return;
    throw new PunktfunkError('DISPLAY_ASLEEP', { output: output.name, reason: failed });
  }

  /** Undefined when the mode is there; else why not. */
  async #apply(output: Output, mode: Mode): Promise<string | undefined> {
    const listed = output.modes?.some((known) => sameMode(known, mode)) ? '' : '--custom ';
    const hz = (mode.refresh_mhz / 1000).toFixed(3);
    const command = `output ${output.name} mode ${listed}${mode.width}x${mode.height}@${hz}Hz`;
    return this.#order(
      command,
      output.name,
      (now) => now.current_mode !== undefined && sameMode(now.current_mode, mode),
    );
  }

  /** Gives the command and waits until the output of this name shows its effect. Undefined when it does; else why not. */
  async #order(command: string, name: string, holds: (output: Output) => boolean): Promise<string | undefined> {
    const reply = await answered(this.#ipc.request(ipc_types.command, command), this.#limits);
    if (!Check(CommandReply, reply)) return 'Sway gave an answer that makes no sense';
    const failed = reply.find((result) => !result.success);
    if (failed) return failed.error ?? 'Sway refused without a reason';
    const deadline = performance.now() + this.#limits.mode_ms;
    for (;;) {
      const changed = this.#changed.promise;
      const now = await this.#output(name);
      if (holds(now)) return undefined;
      if (performance.now() > deadline) {
        const { width = 0, height = 0, refresh = 0 } = now.current_mode ?? {};
        return isOn(now) ? `it still shows ${width}x${height}@${refresh / 1000}Hz` : 'it stays switched off';
      }
      await Promise.race([changed, wait(this.#limits.recheck_ms)]);
    }
  }

  async #output(name = this.name): Promise<Output> {
    const found = (await outputs(this.#ipc, this.#limits)).find((output) => output.name === name);
    if (!found) throw new PunktfunkError('DISPLAY_GONE', { reason: `the output ${name} is no longer there` });
    return found;
  }
}

const isOn = ({ power, dpms }: Output): boolean => power ?? dpms ?? true;

function modeOf({ current_mode }: Output): Mode {
  const { width = 0, height = 0, refresh = 0 } = current_mode ?? {};
  return { width, height, refresh_mhz: refresh };
}

/** The panel's mode as people see it, and the other way round: on an output that stands on its side these differ. */
function asSeen({ transform = 'normal' }: Output, mode: Mode): Mode {
  return /90$|270$/.test(transform) ? { ...mode, width: mode.height, height: mode.width } : mode;
}

/** Monitors give 59.951 Hz where clients ask for 60: a listed mode of the same size within 1 % is meant. */
function nearestListed({ modes = [] }: Output, mode: Mode): Mode {
  const far = ({ refresh }: Static<typeof OutputMode>) => Math.abs(refresh - mode.refresh_mhz);
  const [nearest] = modes
    .filter(({ width, height }) => width === mode.width && height === mode.height)
    .sort((a, b) => far(a) - far(b));
  return nearest && far(nearest) <= mode.refresh_mhz / 100 ? { ...mode, refresh_mhz: nearest.refresh } : mode;
}

function sameMode(reported: Static<typeof OutputMode>, mode: Mode): boolean {
  return reported.width === mode.width && reported.height === mode.height && reported.refresh === mode.refresh_mhz;
}

async function outputs(ipc: IpcConnection, limits: typeof sway_limits): Promise<Output[]> {
  const reply = await answered(ipc.request(ipc_types.outputs), limits);
  if (!Check(Type.Array(Output), reply)) throw new Error('Sway lists its outputs in a form that makes no sense');
  return reply;
}

async function answered(reply: Promise<unknown>, limits: typeof sway_limits): Promise<unknown> {
  try {
    return await inTime(reply, limits.answer_ms, 'Sway does not answer');
  } catch (error) {
    throw new PunktfunkError('DISPLAY_GONE', { reason: reasonOf(error) }, { cause: error });
  }
}
