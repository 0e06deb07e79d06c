// An output of a running Sway: it takes the client's mode while a stream is on, and goes back after.

import { type Static, Type } from 'typebox';
import { Check } from 'typebox/schema';
import { PunktfunkError, reasonOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Mode } from './display.ts';
import { IpcConnection, ipc_types, output_event } from './i3-ipc.ts';

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
  focused: Type.Optional(Type.Boolean()),
  current_mode: Type.Optional(OutputMode),
  modes: Type.Optional(Type.Array(OutputMode)),
});
type Output = Static<typeof Output>;
const CommandReply = Type.Array(Type.Object({ success: Type.Boolean(), error: Type.Optional(Type.String()) }));

export class SwayOutput {
  /** The output's name, HEADLESS-1 or DP-2. */
  readonly name: string;
  /** Resolves with a reason when the compositor is gone. */
  readonly gone: Promise<string>;
  readonly #ipc: IpcConnection;
  readonly #log: Logger;
  readonly #limits: typeof sway_limits;
  #before: Output | undefined;
  #changed = Promise.withResolvers<void>();

  private constructor(ipc: IpcConnection, name: string, log: Logger, limits: typeof sway_limits) {
    this.#ipc = ipc;
    this.name = name;
    this.#log = log;
    this.#limits = limits;
    this.gone = ipc.closed;
    ipc.onEvent = (message) => {
      if (message.type !== output_event) return;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers<void>();
    };
  }

  /** Picks the focused output, else the first active one. Throws Error with a sentence. */
  static async open(socket_path: string, log: Logger, limits = sway_limits): Promise<SwayOutput> {
    const ipc = await IpcConnection.open(socket_path);
    try {
      const active = (await outputs(ipc, limits)).filter((output) => output.active);
      const chosen = active.find((output) => output.focused) ?? active[0];
      if (!chosen) throw new Error('Sway has no active output');
      await answered(ipc.request(ipc_types.subscribe, '["output"]'), limits);
      return new SwayOutput(ipc, chosen.name, log, limits);
    } catch (error) {
      ipc.close();
      throw error;
    }
  }

  async mode(): Promise<Mode> {
    const { current_mode } = await this.#output();
    return {
      width: current_mode?.width ?? 0,
      height: current_mode?.height ?? 0,
      refresh_mhz: current_mode?.refresh ?? 0,
    };
  }

  /** Resolves when Sway reports exactly this mode. A monitor that refuses keeps its own mode: the picture is then scaled. */
  async setMode(mode: Mode): Promise<void> {
    const output = await this.#output();
    this.#before ??= output;
    const refused = await this.#apply(output, mode);
    if (refused === undefined) return;
    const text = `${mode.width}x${mode.height}@${mode.refresh_mhz / 1000}Hz`;
    if (this.name.startsWith('HEADLESS-'))
      throw new PunktfunkError('DISPLAY_MODE_REFUSED', { mode: text, reason: refused });
    await this.#apply(output, this.#modeOf(output)).catch(() => {});
    this.#log.warn(
      { event: 'mode_refused', output: this.name },
      `${this.name} does not take ${text} (${refused}); the picture is scaled.`,
    );
  }

  async restoreMode(): Promise<void> {
    const before = this.#before;
    if (!before?.current_mode) return;
    this.#before = undefined;
    const refused = await this.#apply(before, this.#modeOf(before));
    if (refused !== undefined) throw new Error(refused);
  }

  close(): void {
    this.#ipc.close();
  }

  #modeOf(output: Output): Mode {
    const { width = 0, height = 0, refresh = 0 } = output.current_mode ?? {};
    return { width, height, refresh_mhz: refresh };
  }

  /** Undefined when the mode is there; else why not. */
  async #apply(output: Output, mode: Mode): Promise<string | undefined> {
    const listed = output.modes?.some((known) => sameMode(known, mode)) ? '' : '--custom ';
    const hz = (mode.refresh_mhz / 1000).toFixed(3);
    const command = `output ${this.name} mode ${listed}${mode.width}x${mode.height}@${hz}Hz`;
    const reply = await answered(this.#ipc.request(ipc_types.command, command), this.#limits);
    if (!Check(CommandReply, reply)) return 'Sway gave an answer that makes no sense';
    const failed = reply.find((result) => !result.success);
    if (failed) return failed.error ?? 'Sway refused without a reason';
    const deadline = performance.now() + this.#limits.mode_ms;
    for (;;) {
      const changed = this.#changed.promise;
      const now = await this.#output();
      if (now.current_mode && sameMode(now.current_mode, mode)) return undefined;
      if (performance.now() > deadline) {
        const { width = 0, height = 0, refresh = 0 } = now.current_mode ?? {};
        return `it still shows ${width}x${height}@${refresh / 1000}Hz`;
      }
      await withTimer(changed, this.#limits.recheck_ms);
    }
  }

  async #output(): Promise<Output> {
    const found = (await outputs(this.#ipc, this.#limits)).find((output) => output.name === this.name);
    if (!found) throw new PunktfunkError('DISPLAY_GONE', { reason: `the output ${this.name} is no longer there` });
    return found;
  }
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
  const late = Symbol();
  try {
    const first = await withTimer(reply, limits.answer_ms, late);
    if (first === late) throw new Error('Sway does not answer');
    return first;
  } catch (error) {
    throw new PunktfunkError('DISPLAY_GONE', { reason: reasonOf(error) }, { cause: error });
  }
}

/** The promise's value, or `late` after ms. */
async function withTimer<T, L>(promise: Promise<T>, ms: number, late?: L): Promise<T | L | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<L | undefined>((resolve) => {
    timer = setTimeout(resolve, ms, late);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
