// An output of a running Sway: it takes the client's mode while a stream is on, and goes back after.

import { PunktfunkError, reasonOf, type Shortcoming } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { DesktopNote } from '../desktop-note.ts';
import type { Mode } from '../display.ts';
import type { SwayControl, SwayOutputState } from './sway-control.ts';

/** Keeps the output's rate, of which Sway itself knows nothing. */
export interface OwnScreen {
  readonly refresh_mhz: number;
  setRate(refresh_mhz: number): void;
}

export class SwayOutput {
  /** The output's name, HEADLESS-1 or DP-2. */
  readonly name: string;
  readonly #control: SwayControl;
  readonly #note: DesktopNote | undefined;
  readonly #screen: OwnScreen | undefined;
  /** The mode, of the panel as it lies. */
  #before: Mode | undefined;

  /** `note`: where the mode before a stream is kept; none for an output that ends with this host. */
  constructor(control: SwayControl, name: string, note?: DesktopNote, screen?: OwnScreen) {
    this.#control = control;
    this.name = name;
    this.#note = note;
    this.#screen = screen;
  }

  /** The focused output, else the first active one. Throws Error with a sentence. */
  static async first(control: SwayControl, note?: DesktopNote, screen?: OwnScreen): Promise<SwayOutput> {
    const active = (await control.outputs()).filter((output) => output.active);
    const chosen = active.find((output) => output.focused) ?? active[0];
    if (!chosen) throw new Error('Sway has no active output');
    return new SwayOutput(control, chosen.name, note, screen);
  }

  async mode(): Promise<Mode> {
    const output = await this.#control.output(this.name);
    return asSeen(output, this.#modeOf(output));
  }

  /** Whether the output is still there and enabled. */
  async isThere(): Promise<boolean> {
    return (await this.#control.outputs()).some(({ name, active }) => name === this.name && active);
  }

  /**
   * Switches the output on; resolves when Sway reports this mode, on a virtual output of a found session at a higher rate
   * (composedOften). A monitor that refuses keeps its own: told, and the picture is scaled. The output is not switched off again after the
   * stream: what switched it off counts the client's activity, and would not switch it on for the next person at the machine.
   */
  async setMode(wanted: Mode): Promise<Shortcoming[]> {
    const output = await this.#control.output(this.name);
    const mode = this.#fitting(output, asSeen(output, wanted));
    await this.#switchOn(output);
    this.#before ??= this.#modeOf(output);
    const told = this.#noteMode(this.#before, mode);
    const refused = await this.#apply(output, mode);
    if (refused === undefined) return told;
    const text = `${mode.width}x${mode.height}@${mode.refresh_mhz / 1000}Hz`;
    if (this.#screen || isVirtual(this.name))
      throw new PunktfunkError('DISPLAY_MODE_REFUSED', { mode: text, reason: refused });
    await this.#apply(output, modeOf(output)).catch(() => {}); // it never left it, or says so when the mode is restored
    return [...told, { code: 'mode_refused', parameters: { output: this.name, mode: text, reason: refused } }];
  }

  /** For a client that does not want the mode changed: the picture is scaled. */
  async switchOn(): Promise<Shortcoming[]> {
    await this.#switchOn(await this.#control.output(this.name));
    return [];
  }

  async restoreMode(): Promise<void> {
    const before = this.#before;
    if (!before?.width) return;
    const refused = await this.#apply(await this.#control.output(this.name), before);
    if (refused !== undefined) throw new Error(refused);
    this.#before = undefined;
    this.#note?.remove();
  }

  #modeOf(output: SwayOutputState): Mode {
    const { refresh_mhz, ...size } = modeOf(output);
    return { ...size, refresh_mhz: this.#screen?.refresh_mhz ?? refresh_mhz };
  }

  #fitting(output: SwayOutputState, mode: Mode): Mode {
    if (this.#screen) return mode;
    return isVirtual(this.name) ? composedOften(mode) : nearestListed(output, mode);
  }

  /** Undefined when the mode is there; else why not. */
  #apply(output: SwayOutputState, mode: Mode): Promise<string | undefined> {
    if (!this.#screen) return applyMode(this.#control, output, mode);
    this.#screen.setRate(mode.refresh_mhz);
    return applyMode(this.#control, output, mode, `; output ${this.name} max_render_time ${renderTime(mode)}`);
  }

  /** A note that cannot be kept costs nobody his stream. */
  #noteMode(before: Mode, during: Mode): Shortcoming[] {
    try {
      this.#note?.write({ output: this.name, before, during });
      return [];
    } catch (error) {
      return [{ code: 'mode_not_noted', parameters: { output: this.name, reason: reasonOf(error) } }];
    }
  }

  /** Also where it is reported to be on: a headless output that was told to sleep stays on, and takes no mode until it is told to wake. */
  async #switchOn(output: SwayOutputState): Promise<void> {
    if (output.power === undefined && output.dpms === undefined) return;
    const command = `output ${output.name} ${output.power === undefined ? 'dpms' : 'power'} on`;
    const failed = await order(this.#control, command, output.name, isOn);
    if (failed === undefined) return;
    throw new PunktfunkError('DISPLAY_ASLEEP', { output: output.name, reason: failed });
  }
}

/** An output that is no monitor takes any mode. */
export const isVirtual = (name: string): boolean => name.startsWith('HEADLESS-');

/**
 * wlroots composes a headless output each so many whole milliseconds and the time that composing takes: asked for 60 Hz it gives 54 to 61.
 * And what an application paints waits for the next composition, most of an interval, since it paints right after one. So it composes four
 * times as often as pictures are sent; the engine takes each composition that it needs as it is made (native/engine/pipeline/schedule.h).
 */
function composedOften(mode: Mode): Mode {
  const interval_ms = Math.max(1, Math.floor(1e6 / mode.refresh_mhz / 4));
  return { ...mode, refresh_mhz: Math.floor(1e6 / interval_ms) };
}

/**
 * How long before the screen's next tick Sway composes, for sway-output(5), which counts whole milliseconds: applications are asked for
 * their next pictures at the tick and have two fifths of the interval to paint them, 8 ms at most. What is painted by then waits no longer;
 * what is not waits for the next composition, and may be painted over by then.
 */
function renderTime({ refresh_mhz }: Mode): number {
  const interval_ms = 1e6 / refresh_mhz;
  return Math.max(1, Math.floor(interval_ms) - Math.max(1, Math.min(8, Math.floor(interval_ms * 0.4))));
}

/** Puts the mode back that a host which was killed left behind. */
export async function putBack(control: SwayControl, note: DesktopNote, log: Logger): Promise<void> {
  const noted = note.read();
  const output = (await control.outputs()).find(({ name }) => name === noted?.output);
  if (noted && output?.active && output.current_mode && sameMode(output.current_mode, noted.during)) {
    const refused = await applyMode(control, output, noted.before);
    const { width, height } = noted.before;
    if (refused === undefined)
      log.info({ event: 'mode_put_back' }, `${output.name} shows ${width}x${height} again, as before a stream.`);
    else log.warn({ event: 'mode_not_restored' }, `The mode of ${output.name} was not put back: ${refused}.`);
  }
  note.remove();
}

/** Undefined when the mode is there; else why not. An output in a window has no rate of its own, and takes none. */
function applyMode(control: SwayControl, output: SwayOutputState, mode: Mode, and = ''): Promise<string | undefined> {
  const { name, modes = [], current_mode } = output;
  const size = `${mode.width}x${mode.height}`;
  const has_rate = isVirtual(name) || current_mode?.refresh !== 0;
  const text = has_rate ? `${size}@${(mode.refresh_mhz / 1000).toFixed(3)}Hz` : size;
  const listed = modes.some((known) => sameMode(known, mode)) ? '' : '--custom ';
  const command = `output ${name} mode ${listed}${text}${and}`;
  const holds = (now: ReportedMode) => (has_rate ? sameMode(now, mode) : sameSize(now, mode));
  return order(control, command, name, (now) => now.current_mode !== undefined && holds(now.current_mode));
}

/** Gives the command and waits until the output of this name shows its effect. Undefined when it does; else why not. */
async function order(
  control: SwayControl,
  command: string,
  name: string,
  holds: (output: SwayOutputState) => boolean,
): Promise<string | undefined> {
  const refused = await control.command(command);
  if (refused !== undefined) return refused;
  await control.until((outputs) => {
    const now = outputs.find((output) => output.name === name);
    return !now || holds(now) || undefined;
  });
  const now = await control.output(name);
  if (holds(now)) return undefined;
  const { width = 0, height = 0, refresh = 0 } = now.current_mode ?? {};
  return isOn(now) ? `it still shows ${width}x${height}@${refresh / 1000}Hz` : 'it stays switched off';
}

const isOn = ({ power, dpms }: SwayOutputState): boolean => power ?? dpms ?? true;

function modeOf({ current_mode }: SwayOutputState): Mode {
  const { width = 0, height = 0, refresh = 0 } = current_mode ?? {};
  return { width, height, refresh_mhz: refresh };
}

/** The panel's mode as people see it, and the other way round: on an output that stands on its side these differ. */
function asSeen({ transform = 'normal' }: SwayOutputState, mode: Mode): Mode {
  return /90$|270$/.test(transform) ? { ...mode, width: mode.height, height: mode.width } : mode;
}

type ReportedMode = NonNullable<SwayOutputState['current_mode']>;

/** Monitors give 59.951 Hz where clients ask for 60: a listed mode of the same size within 1 % is meant. */
function nearestListed({ modes = [] }: SwayOutputState, mode: Mode): Mode {
  const far = ({ refresh }: ReportedMode) => Math.abs(refresh - mode.refresh_mhz);
  const [nearest] = modes
    .filter(({ width, height }) => width === mode.width && height === mode.height)
    .sort((a, b) => far(a) - far(b));
  return nearest && far(nearest) <= mode.refresh_mhz / 100 ? { ...mode, refresh_mhz: nearest.refresh } : mode;
}

const sameMode = (reported: ReportedMode, mode: Mode): boolean =>
  sameSize(reported, mode) && reported.refresh === mode.refresh_mhz;

const sameSize = (reported: ReportedMode, mode: Mode): boolean =>
  reported.width === mode.width && reported.height === mode.height;
