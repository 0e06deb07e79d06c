// What the host asks of a Sway and what it tells it, through its control socket (sway-ipc(7)): each answer checked, each with its limit.

import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Static, type TSchema, Type } from 'typebox';
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
  rect: Type.Optional(
    Type.Object({ x: Type.Integer(), y: Type.Integer(), width: Type.Integer(), height: Type.Integer() }),
  ),
  current_workspace: Type.Optional(Type.Union([Type.String({ maxLength: 1024 }), Type.Null()])),
});
export type SwayOutputState = Static<typeof Output>;

const Seat = Type.Object({
  name: Type.String({ maxLength: 128 }),
  /** The node with its keyboard focus; 0: none. */
  focus: Type.Integer(),
});
export type SwaySeat = Static<typeof Seat>;

const Version = Type.Object({ major: Type.Integer(), minor: Type.Integer() });
const CommandReply = Type.Array(Type.Object({ success: Type.Boolean(), error: Type.Optional(Type.String()) }));
const Change = Type.Object({ change: Type.String({ maxLength: 64 }) });

export interface SwayWindow {
  id: number;
  pid: number;
}

export interface SwayWorkspace {
  id: number;
  name: string;
  output: string;
  windows: SwayWindow[];
  /** The window that fills it. */
  fullscreen?: number;
  /** Every node in it, itself too. */
  nodes: ReadonlySet<number>;
}

export class SwayControl {
  /** Resolves with a reason when the compositor is gone. */
  readonly gone: Promise<string>;
  /** The socket of one run of Sway; another run makes another. */
  readonly compositor: string;
  readonly #ipc: IpcConnection;
  readonly #limits: typeof sway_limits;
  #changed = Promise.withResolvers<void>();
  #onChange: (of: number, change: string) => void = () => {};

  private constructor(ipc: IpcConnection, compositor: string, limits: typeof sway_limits) {
    this.#ipc = ipc;
    this.compositor = compositor;
    this.#limits = limits;
    this.gone = ipc.closed;
    ipc.onEvent = ({ type, payload }) => {
      if (type === ipc_events.output) {
        this.#changed.resolve();
        this.#changed = Promise.withResolvers<void>();
      } else if (Check(Change, payload)) this.#onChange(type, payload.change);
    };
  }

  /** Throws Error with a sentence. */
  static async open(socket_path: string, limits = sway_limits): Promise<SwayControl> {
    const ipc = await IpcConnection.open(socket_path);
    try {
      const { ino, ctimeMs } = statSync(socket_path);
      const control = new SwayControl(ipc, `${socket_path} ${ino} ${ctimeMs}`, limits);
      await control.#subscribe('output');
      return control;
    } catch (error) {
      ipc.close();
      throw error;
    }
  }

  close(): void {
    this.#ipc.close();
  }

  /** Calls the listener when windows, workspaces or bindings do something, with the event's type and what it says has changed. */
  async watch(listener: (of: number, change: string) => void): Promise<void> {
    this.#onChange = listener;
    await this.#subscribe('window', 'workspace', 'binding');
  }

  async version(): Promise<{ major: number; minor: number }> {
    return this.#ask(ipc_types.version, Version, 'Sway tells its version');
  }

  outputs(): Promise<SwayOutputState[]> {
    return this.#ask(ipc_types.outputs, Type.Array(Output), 'Sway lists its outputs');
  }

  /** Throws PunktfunkError DISPLAY_GONE when there is none of this name. */
  async output(name: string): Promise<SwayOutputState> {
    const found = (await this.outputs()).find((output) => output.name === name);
    if (!found) throw new PunktfunkError('DISPLAY_GONE', { reason: `the output ${name} is no longer there` });
    return found;
  }

  seats(): Promise<SwaySeat[]> {
    return this.#ask(ipc_types.seats, Type.Array(Seat), 'Sway lists its seats');
  }

  async workspaces(): Promise<SwayWorkspace[]> {
    return workspacesOf(await this.#answer(ipc_types.tree));
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

  async #subscribe(...events: string[]): Promise<void> {
    await this.#answer(ipc_types.subscribe, JSON.stringify(events));
  }

  async #ask<Schema extends TSchema>(type: number, schema: Schema, doing: string): Promise<Static<Schema>> {
    const reply = await this.#answer(type);
    if (!Check(schema, reply)) throw new Error(`${doing} in a form that makes no sense`);
    return reply as Static<Schema>;
  }

  async #answer(type: number, payload?: string): Promise<unknown> {
    try {
      return await inTime(this.#ipc.request(type, payload), this.#limits.answer_ms, 'Sway does not answer');
    } catch (error) {
      throw new PunktfunkError('DISPLAY_GONE', { reason: reasonOf(error) }, { cause: error });
    }
  }
}

const Node = Type.Object({
  id: Type.Integer(),
  type: Type.String({ maxLength: 64 }),
  name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  pid: Type.Optional(Type.Integer()),
  /** 0: none, 1: its workspace, 2: everything. */
  fullscreen_mode: Type.Optional(Type.Integer()),
  nodes: Type.Array(Type.Unknown()),
  floating_nodes: Type.Array(Type.Unknown()),
});

/** Reads get_tree's answer: outputs, their workspaces, what these hold at any depth. Throws Error with a sentence. */
export function workspacesOf(tree: unknown): SwayWorkspace[] {
  const found: SwayWorkspace[] = [];
  const waiting: { node: unknown; output: string; workspace: SwayWorkspace | undefined }[] = [
    { node: tree, output: '', workspace: undefined },
  ];
  for (let at = waiting.pop(); at; at = waiting.pop()) {
    const { node } = at;
    if (!Check(Node, node)) throw new Error('Sway shows its windows in a form that makes no sense');
    let { output, workspace } = at;
    if (node.type === 'output') output = node.name ?? '';
    if (node.type === 'workspace') {
      workspace = { id: node.id, name: node.name ?? '', output, windows: [], nodes: new Set<number>() };
      found.push(workspace);
    }
    if (workspace) (workspace.nodes as Set<number>).add(node.id);
    if (workspace && node.pid !== undefined) workspace.windows.push({ id: node.id, pid: node.pid });
    if (workspace && node.pid !== undefined && node.fullscreen_mode === 1) workspace.fullscreen = node.id;
    for (const child of [...node.nodes, ...node.floating_nodes]) waiting.push({ node: child, output, workspace });
  }
  return found;
}
