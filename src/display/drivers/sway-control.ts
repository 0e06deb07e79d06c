// What the host asks of a Sway and what it tells it, through its control socket (sway-ipc(7)): each answer checked, each with its limit.

import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/schema';
import { inTime } from '../../deadline.ts';
import { PunktfunkError, reasonOf } from '../../errors.ts';
import { IpcConnection, ipc_events, ipc_types } from '../i3-ipc.ts';

export const sway_limits = {
  /** From a command to the compositor's report of its effect. */
  effect_ms: 3_000,
  answer_ms: 2_000,
  /** Sway does not announce every change of a headless output: look again this often meanwhile. */
  recheck_ms: 50,
};

const Mode = Type.Object({ width: Type.Integer(), height: Type.Integer(), refresh: Type.Integer() });
const Output = Type.Object({
  name: Type.String({ maxLength: 128 }),
  active: Type.Boolean(),
  /** Whether it is switched on: `power` from Sway 1.8 on, before that only `dpms`. */
  power: Type.Optional(Type.Boolean()),
  dpms: Type.Optional(Type.Boolean()),
  focused: Type.Optional(Type.Boolean()),
  current_mode: Type.Optional(Mode),
  /** "normal", "90", "flipped-270" and so on; a mode's sides are the panel's, whatever this says. */
  transform: Type.Optional(Type.String({ maxLength: 32 })),
  modes: Type.Optional(Type.Array(Mode)),
});
export type SwayOutputState = Static<typeof Output>;
const Outputs = Type.Array(Output);

const CommandReply = Type.Array(Type.Object({ success: Type.Boolean(), error: Type.Optional(Type.String()) }));

export class SwayControl {
  /** Resolves with a reason when the compositor is gone. */
  readonly gone: Promise<string>;
  /** The socket of one run of Sway; another run makes another. */
  readonly compositor: string;
  readonly #ipc: IpcConnection;
  readonly #limits: typeof sway_limits;
  #changed = Promise.withResolvers<void>();

  private constructor(ipc: IpcConnection, compositor: string, limits: typeof sway_limits) {
    this.#ipc = ipc;
    this.compositor = compositor;
    this.#limits = limits;
    this.gone = ipc.closed;
    ipc.onEvent = ({ type }) => {
      if (type !== ipc_events.output) return;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers<void>();
    };
  }

  /** Throws Error with a sentence. */
  static async open(socket_path: string, limits = sway_limits): Promise<SwayControl> {
    const ipc = await IpcConnection.open(socket_path);
    try {
      const { ino, ctimeMs } = statSync(socket_path);
      const control = new SwayControl(ipc, `${socket_path} ${ino} ${ctimeMs}`, limits);
      await control.#answer(ipc_types.subscribe, '["output"]');
      return control;
    } catch (error) {
      ipc.close();
      throw error;
    }
  }

  close(): void {
    this.#ipc.close();
  }

  async outputs(): Promise<SwayOutputState[]> {
    const reply = await this.#answer(ipc_types.outputs);
    if (!Check(Outputs, reply)) throw new Error('Sway lists its outputs in a form that makes no sense');
    return reply;
  }

  /** Throws PunktfunkError DISPLAY_GONE when there is none of this name. */
  async output(name: string): Promise<SwayOutputState> {
    const found = (await this.outputs()).find((output) => output.name === name);
    if (!found) throw new PunktfunkError('DISPLAY_GONE', { reason: `the output ${name} is no longer there` });
    return found;
  }

  /** Gives commands, separated by ";". Undefined when Sway took them all; else why not. */
  async command(text: string): Promise<string | undefined> {
    const reply = await this.#answer(ipc_types.command, text);
    if (!Check(CommandReply, reply)) return 'Sway gave an answer that makes no sense';
    const failed = reply.find((result) => !result.success);
    return failed && (failed.error ?? 'Sway refused without a reason');
  }

  /** Waits until its outputs show the effect of a command. Undefined when they do not within the limit. */
  async until<T>(effect: (outputs: SwayOutputState[]) => T | undefined): Promise<T | undefined> {
    const deadline = performance.now() + this.#limits.effect_ms;
    for (;;) {
      const changed = this.#changed.promise;
      const seen = effect(await this.outputs());
      if (seen !== undefined || performance.now() > deadline) return seen;
      await Promise.race([changed, wait(this.#limits.recheck_ms)]);
    }
  }

  async #answer(type: number, payload?: string): Promise<unknown> {
    try {
      return await inTime(this.#ipc.request(type, payload), this.#limits.answer_ms, 'Sway does not answer');
    } catch (error) {
      throw new PunktfunkError('DISPLAY_GONE', { reason: reasonOf(error) }, { cause: error });
    }
  }
}
