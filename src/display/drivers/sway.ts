// Sway: its output takes the client's mode while a stream is on, and goes back after. Each further client gets a place of its own: an
// output made for it, a workspace, a seat and a sink, and finds them again as long as something of it runs there.

import { readdirSync } from 'node:fs';
import { own_sink, type SoundTarget } from '../../contract/audio.ts';
import { PunktfunkError, reasonOf } from '../../errors.ts';
import type { DesktopNote } from '../desktop-note.ts';
import type { Capabilities, Client, Mode } from '../display.ts';
import type { WaylandConnection } from '../wayland-connection.ts';
import type { DrivenOutput, Driver } from './driver.ts';
import type { SwayControl } from './sway-control.ts';
import { isVirtual, SwayOutput } from './sway-output.ts';
import { first_seat, markOf, type Place, place_variable, placeOf, SwayPlaces } from './sway-places.ts';
import { keepAwake, wlrootsTargets } from './wlroots.ts';

/** Each costs a capture and an encoder: no machine of today has the power for more. */
const max_outputs = 8;
/** From this version on an output can be taken away again (`output NAME unplug`). */
const can_unplug = { major: 1, minor: 8 };

export interface SwayParts {
  wayland_display: string;
  connection: WaylandConnection;
  /** Path of its control socket. */
  socket: string;
  control: SwayControl;
  /** Of a Sway that outlives this host. None: it is ours, and ends with it; nobody has a mode in it that he would like to keep. */
  note?: DesktopNote;
  /** Run on the empty workspace of a further client, with these variables before it. */
  welcome?: (environment: Readonly<Record<string, string>>) => string;
}

export async function openSway(parts: SwayParts): Promise<Driver> {
  const first = await SwayOutput.first(parts.control, parts.note);
  const { major, minor } = await parts.control.version();
  const unplugs = major > can_unplug.major || (major === can_unplug.major && minor >= can_unplug.minor);
  return new SwayDriver(parts, first, unplugs, `${major}.${minor}`);
}

class SwayDriver implements Driver {
  readonly capabilities: Capabilities;
  readonly limit: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly gone: Promise<string>;
  readonly #parts: SwayParts;
  readonly #control: SwayControl;
  readonly #first: SwayOutput;
  readonly #unplugs: boolean;
  readonly #places = new Map<number, Place>();
  readonly #leased = new Set<Place>();
  /** Whose what runs in a place is. */
  readonly #clients = new Map<Place, string>();
  /** Outputs that this Sway cannot take away: the next lease of the place has them. */
  readonly #parked = new Map<Place, string>();
  #order: SwayPlaces | undefined;
  /** How many there are: Sway's own, and those of further places. */
  #seats = 1;

  constructor(parts: SwayParts, first: SwayOutput, unplugs: boolean, version: string) {
    const { control, connection, socket, note } = parts;
    this.#parts = parts;
    this.#control = control;
    this.#first = first;
    this.#unplugs = unplugs;
    this.environment = { SWAYSOCK: socket };
    this.gone = Promise.race([connection.closed, control.gone]);
    const many = unplugs || !note;
    this.capabilities = { exact_mode: isVirtual(first.name), max_outputs: many ? max_outputs : 1 };
    this.limit = many
      ? `it has ${max_outputs} at most`
      : `Sway ${version} could not take a second one away again (1.8 can)`;
    this.#places.set(1, { ...placeOf(1), output: first.name });
  }

  get description(): string {
    return `sway, ${this.#first.name}`;
  }

  async lease(mode: Mode, client: Client, may_change: boolean): Promise<DrivenOutput> {
    const place = this.#choose(client, await this.#occupied());
    await this.#makeSeats(Math.max(place.number, this.capabilities.max_outputs));
    const leased = await (place.number === 1 ? this.#leaseFirst(mode, may_change) : this.#leaseFurther(place, mode));
    this.#leased.add(place);
    this.#clients.set(place, client.id);
    const told = keepAwake(this.#parts.connection);
    return {
      ...leased,
      ...this.#targets(place),
      shortcomings: [...leased.shortcomings, ...told],
      release: async () => {
        this.#leased.delete(place);
        if (this.#leased.size === 0) this.#parts.connection.letSleep();
        await leased.release();
      },
    };
  }

  ask(): Promise<string | undefined> {
    return this.#parts.connection.ping().then(() => undefined, reasonOf);
  }

  isThere(): Promise<boolean> {
    return this.#first.isThere();
  }

  close(): void {
    this.#control.close();
    this.#parts.connection.close();
  }

  /**
   * All that there will be, before anybody types: whenever a seat is made, Sway takes the devices of every seat that is no fallback
   * (docs/sway-seats.md).
   */
  async #makeSeats(count: number): Promise<void> {
    if (count <= this.#seats) return;
    const further = Array.from({ length: count - this.#seats }, (_, index) => placeOf(this.#seats + index + 1).seat);
    this.#seats = count;
    await this.#control.command(
      [`seat ${first_seat} fallback true`, ...further.map((seat) => `seat ${seat} fallback false`)].join('; '),
    );
  }

  #targets(place: Place) {
    const { wayland_display, connection, socket } = this.#parts;
    const { video, input } = wlrootsTargets(wayland_display, place.output ?? '', connection);
    return {
      video,
      input: input && { ...input, sway_socket: socket, seat: place.seat },
      sound: soundOf(place),
      environment: environmentOf(place),
    };
  }

  /** The client's own while something of it is there, else the desktop as it is, else one that holds nothing of another's. */
  #choose({ id }: Client, occupied: ReadonlySet<Place>): Place {
    const free = [...this.#places.values()].filter((place) => !this.#leased.has(place));
    const chosen =
      free.find((place) => occupied.has(place) && this.#clients.get(place) === id) ??
      free.find((place) => place.number === 1 || !occupied.has(place));
    if (chosen) return chosen;
    const place = placeOf(this.#places.size + 1);
    this.#places.set(place.number, place);
    return place;
  }

  /** Places in which programs that were started for a client run, or windows are. */
  async #occupied(): Promise<Set<Place>> {
    if (this.#places.size === 1) return new Set();
    const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const marks = new Set(processes.map((pid) => markOf(pid, this.#parts.socket)));
    const workspaces = await this.#control.workspaces();
    const named = new Set(workspaces.flatMap(({ name, windows }) => (windows.length > 0 ? [name] : [])));
    return new Set(
      [...this.#places.values()].filter(({ number, workspace }) => marks.has(number) || named.has(workspace)),
    );
  }

  async #leaseFirst(mode: Mode, may_change: boolean) {
    const output = this.#first;
    try {
      const shortcomings = await (may_change || !this.#parts.note ? output.setMode(mode) : output.switchOn());
      return { description: output.name, shortcomings, release: () => output.restoreMode() };
    } catch (error) {
      await output.restoreMode().catch(() => {}); // it refuses or is gone, which is what is told
      throw error;
    }
  }

  async #leaseFurther(place: Place, mode: Mode) {
    const name = this.#parked.get(place) ?? (await this.#makeOutput());
    try {
      this.#parked.delete(place);
      this.#parts.note?.keep({ output: name, before: null, during: mode });
      place.output = name;
      const is_empty = await this.#showWorkspace(place, name);
      const shortcomings = await new SwayOutput(this.#control, name).setMode(mode);
      this.#order ??= await SwayPlaces.keep(this.#control, this.#places, this.#parts.socket);
      await this.#order.pointInto(place);
      await this.#order.tidy();
      const { welcome } = this.#parts;
      if (welcome && is_empty) await this.#order.run(place, `exec ${welcome(environmentOf(place))}`);
      return { description: name, shortcomings, release: () => this.#giveBack(place, name) };
    } catch (error) {
      await this.#giveBack(place, name).catch(() => {}); // it is gone, which is what is told
      throw error;
    }
  }

  async #makeOutput(): Promise<string> {
    const before = new Set((await this.#control.outputs()).map(({ name }) => name));
    const refused = await this.#control.command('create_output');
    const full = (reason: string) => new PunktfunkError('DISPLAY_FULL', { reason });
    if (refused !== undefined) throw full(`Sway makes no other: ${refused}`);
    const name = await this.#control.until((outputs) => outputs.find((output) => !before.has(output.name))?.name);
    if (name === undefined) throw full('Sway makes no other');
    return name;
  }

  /** The place's workspace on this output, with what it holds. Whether that is nothing. */
  async #showWorkspace({ workspace }: Place, output: string): Promise<boolean> {
    const workspaces = await this.#control.workspaces();
    const own = workspaces.find(({ name }) => name === workspace);
    if (own && own.output !== output && own.windows[0])
      await this.#control.command(`[con_id=${own.windows[0].id}] move workspace to output ${output}`);
    const shown = workspaces.find((candidate) => candidate.output === output);
    if (!own && shown) await this.#control.command(`rename workspace "${shown.name}" to "${workspace}"`);
    return (own?.windows.length ?? 0) === 0;
  }

  /** Takes the output away; what is on its workspace goes on out of sight. */
  async #giveBack(place: Place, name: string): Promise<void> {
    place.output = undefined;
    if (!this.#unplugs) {
      this.#parked.set(place, name);
      return;
    }
    const refused = await this.#control.command(`output ${name} unplug`);
    if (refused !== undefined) throw new Error(refused);
    await this.#control.until((outputs) => !outputs.some((output) => output.name === name) || undefined);
    this.#parts.note?.forget(name);
    await this.#order?.tidy();
  }
}

function soundOf({ number }: Place): SoundTarget {
  if (number === 1) return own_sink;
  return { sink_name: `punktfunk-${number}`, sink_description: `punktfunk stream ${number}`, make_default: false };
}

/** What leads a program to its place: the mark to its workspace, the names to its sink. The first place has the default sink. */
function environmentOf(place: Place): Record<string, string> {
  const mark = { [place_variable]: `${place.number}` };
  if (place.number === 1) return mark;
  const { sink_name } = soundOf(place);
  return { ...mark, PULSE_SINK: sink_name, PIPEWIRE_NODE: sink_name };
}
