// Where the windows of each client of one Sway belong, and its keyboard. Sway knows several seats, but a new window appears where the first
// seat is, and takes the keyboard of all: what a client's programs open is moved to its workspace, and each seat's focus is kept in its
// own.

import { readFileSync } from 'node:fs';
import { ipc_events } from '../i3-ipc.ts';
import type { SwayControl, SwayWindow, SwayWorkspace } from './sway-control.ts';

/** In the environment of a client's programs: the number of its place. */
export const place_variable = 'PUNKTFUNK_PLACE';
/** The seat of the first place: Sway's own. */
export const first_seat = 'seat0';
/** A button that no mouse has and no program knows, for commands of one seat. */
const button = 'BTN_TRIGGER_HAPPY40';
const max_rounds = 5;
const max_ancestors = 64;
const window_changes: ReadonlySet<string> = new Set(['new', 'close', 'focus', 'move', 'fullscreen_mode']);

/** A client's share of the desktop. The first is what is there anyway; the others are made for a lease. */
export interface Place {
  readonly number: number;
  /** Empty: whatever the output shows. */
  readonly workspace: string;
  readonly seat: string;
  /** The output's name while the place is leased. */
  output: string | undefined;
}

export const placeOf = (number: number): Place => ({
  number,
  workspace: number === 1 ? '' : `punktfunk-${number}`,
  seat: number === 1 ? '' : `punktfunk-${number}`,
  output: undefined,
});

export class SwayPlaces {
  readonly #control: SwayControl;
  readonly #places: ReadonlyMap<number, Place>;
  readonly #socket: string;
  readonly #seen = new Set<number>();
  /** The node that each seat had last in its place. */
  readonly #focus = new Map<Place, number>();
  /** The window that filled a workspace, by the workspace's node. */
  readonly #fullscreen = new Map<number, number>();
  #running: Promise<void> | undefined;
  #again = false;

  private constructor(control: SwayControl, places: ReadonlyMap<number, Place>, socket: string) {
    this.#control = control;
    this.#places = places;
    this.#socket = socket;
  }

  /** Begins to keep these in order. `socket`: what the programs of this Sway know it by. */
  static async keep(control: SwayControl, places: ReadonlyMap<number, Place>, socket: string): Promise<SwayPlaces> {
    const kept = new SwayPlaces(control, places, socket);
    await control.watch((of, change) => {
      if (of !== ipc_events.window || window_changes.has(change)) kept.tidy().catch(() => {}); // it is gone, and says so itself
    });
    return kept;
  }

  /** Resolves when everything is where it belongs, as far as Sway does what it is told. */
  tidy(): Promise<void> {
    this.#again = true;
    this.#running ??= (async () => {
      try {
        for (let round = 0; this.#again && round < max_rounds; round++) {
          this.#again = false;
          await this.#tidyOnce();
        }
      } finally {
        this.#running = undefined;
      }
    })();
    return this.#running;
  }

  /** A command as if a key of this seat had been bound to it; Sway runs what comes by the socket for its first seat. */
  async run(place: Place, command: string): Promise<void> {
    if (place.number === 1) {
      await this.#control.command(command);
      return;
    }
    const { seat } = place;
    const order = [
      `bindsym --whole-window --no-warn ${button} ${command}`,
      `seat ${seat} cursor press ${button}`,
      `seat ${seat} cursor release ${button}`,
      `unbindsym --whole-window ${button}`,
    ];
    await this.#control.command(order.join('; '));
    await this.#control.command('nop'); // the last command's seat is Sway's current one: the first again
  }

  async #tidyOnce(): Promise<void> {
    const arrived = await this.#sortWindows();
    for (const place of this.#places.values()) {
      if (place.output === undefined && place.number !== 1) continue;
      const goal = arrived.get(place);
      if (goal !== undefined) await this.run(place, `[con_id=${goal}] focus`);
      if (await this.#isInside(place)) continue;
      const last = this.#focus.get(place);
      if (last !== undefined) await this.run(place, `[con_id=${last}] focus`);
      if (await this.#isInside(place)) continue;
      const workspace = await this.#workspaceOf(place);
      if (workspace !== undefined) await this.run(place, `workspace "${workspace}"`);
      if (workspace === undefined || (await this.#isInside(place))) continue;
      // The bar or a launcher lies under its pointer and takes buttons.
      await this.pointInto(place);
      await this.run(place, `workspace "${workspace}"`);
    }
    await this.#control.command('nop'); // a key of another seat may have made that one current
  }

  /** Puts the seat's pointer into the middle of its output. */
  async pointInto({ seat, output: name }: Place): Promise<void> {
    const outputs = await this.#control.outputs();
    const rect = outputs.find((output) => output.name === name)?.rect;
    if (!rect) return;
    const left = Math.min(...outputs.map((output) => output.rect?.x ?? 0));
    const top = Math.min(...outputs.map((output) => output.rect?.y ?? 0));
    const x = rect.x - left + Math.floor(rect.width / 2);
    const y = rect.y - top + Math.floor(rect.height / 2);
    await this.#control.command(`seat ${seat || first_seat} cursor set ${x} ${y}`);
  }

  /** Moves new windows to where they belong. Gives those that the seats of their places shall have. */
  async #sortWindows(): Promise<Map<Place, number>> {
    const workspaces = await this.#control.workspaces();
    const arrived = new Map<Place, number>();
    const moves: string[] = [];
    for (const workspace of workspaces) {
      const moved = moves.length;
      for (const window of workspace.windows) {
        if (this.#seen.has(window.id)) continue;
        this.#seen.add(window.id);
        const here = this.#placeAt(workspace);
        const place = this.#belongsTo(window, workspaces) ?? here;
        if (place !== here) {
          const target = await this.#workspaceOf(place);
          if (target === undefined) continue;
          moves.push(`[con_id=${window.id}] move container to workspace "${target}"`);
        }
        if (place !== here || place.number !== 1) arrived.set(place, window.id);
      }
      // One that passed through and fills its output has taken that from the one that did.
      const filled = this.#fullscreen.get(workspace.id);
      if (moves.length === moved) {
        if (workspace.fullscreen === undefined) this.#fullscreen.delete(workspace.id);
        else this.#fullscreen.set(workspace.id, workspace.fullscreen);
      } else if (filled !== undefined && workspace.nodes.has(filled))
        moves.push(`[con_id=${filled}] fullscreen enable`);
    }
    if (moves.length > 0) await this.#control.command(moves.join('; '));
    const there = new Set(workspaces.flatMap(({ windows }) => windows.map(({ id }) => id)));
    for (const id of this.#seen) if (!there.has(id)) this.#seen.delete(id);
    return arrived;
  }

  /** The place whose program opened the window; undefined: nobody's, it stays. */
  #belongsTo(window: SwayWindow, workspaces: readonly SwayWorkspace[]): Place | undefined {
    const marked = this.#places.get(markOf(window.pid, this.#socket));
    if (marked) return marked;
    const owners = new Map<number, Place>();
    for (const workspace of workspaces)
      for (const { id, pid } of workspace.windows) if (id !== window.id) owners.set(pid, this.#placeAt(workspace));
    let pid = window.pid;
    for (let steps = 0; steps < max_ancestors && pid > 1; steps++) {
      const owner = owners.get(pid);
      if (owner) return owner;
      pid = parentOf(pid);
    }
    return undefined;
  }

  #placeAt({ name }: SwayWorkspace): Place {
    const place = [...this.#places.values()].find(({ workspace }) => workspace !== '' && workspace === name);
    return place ?? (this.#places.get(1) as Place);
  }

  /** The name of the workspace that the place shows. */
  async #workspaceOf({ workspace, output }: Place): Promise<string | undefined> {
    if (workspace !== '') return workspace;
    const outputs = await this.#control.outputs();
    return outputs.find(({ name }) => name === output)?.current_workspace ?? undefined;
  }

  /** Whether the seat's focus is in its place; remembered if so. Who is alone may go wherever nobody else is. */
  async #isInside(place: Place): Promise<boolean> {
    const seat = (await this.#control.seats()).find(({ name }) => name === (place.seat || first_seat));
    if (!seat) return true;
    const holder = (await this.#control.workspaces()).find(({ nodes }) => nodes.has(seat.focus));
    const at = holder && this.#placeAt(holder);
    const inside = place.number === 1 ? at === undefined || at === place || at.output === undefined : at === place;
    if (inside && at === place) this.#focus.set(place, seat.focus);
    return inside;
  }
}

/** The mark that a program of this Sway was started with; 0 where it has none or does not let us look. */
export function markOf(pid: number | string, socket: string): number {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    if (!variables.includes(`SWAYSOCK=${socket}`)) return 0;
    const mark = variables.find((variable) => variable.startsWith(`${place_variable}=`));
    return Number(mark?.slice(place_variable.length + 1) ?? 0);
  } catch {
    return 0;
  }
}

/** 0 when the process is gone. */
function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // pid (name) state ppid: the name may hold anything (proc_pid_stat(5))
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  } catch {
    return 0;
  }
}
