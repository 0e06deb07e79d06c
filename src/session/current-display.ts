// The desktop that is streamed: opened when somebody needs it, asked before each launch, left for a better one, cleared up when it went
// away.

import type { Display, DisplayKind } from '../display/display.ts';
import { PunktfunkError, reasonOf } from '../errors.ts';
import type { HostEvents } from '../events.ts';
import type { Logger } from '../log.ts';

const display_tries = 3;

export interface CurrentDisplayOptions {
  /** Opens the desktop to stream. The signal: nobody waits for it any more. */
  openDisplay: (signal: AbortSignal) => Promise<Display>;
  /** The host is stopping. */
  stopping: AbortSignal;
  /** The desktop is gone, and what runs on it. */
  onGone: (display: Display) => void;
  events: HostEvents;
  log: Logger;
}

export class CurrentDisplay {
  readonly #options: CurrentDisplayOptions;
  #opening: Promise<Display> | undefined;
  #display: Display | undefined;
  /** Desktops that went away and are still being cleared up: the next one may need their place. */
  #leaving: Promise<void> = Promise.resolve();

  constructor(options: CurrentDisplayOptions) {
    this.#options = options;
  }

  get display(): Display | undefined {
    return this.#display;
  }

  /** The desktop that is open, or a new one. Throws DISPLAY_UNAVAILABLE; the next call tries again. */
  async open(): Promise<Display> {
    if (this.#display) return this.#display;
    const { stopping, openDisplay } = this.#options;
    this.#opening ??= this.#leaving.then(() => {
      stopping.throwIfAborted();
      return openDisplay(stopping);
    });
    const opening = this.#opening;
    try {
      const display = await opening;
      if (this.#opening === opening) this.#keep(display);
      return display;
    } catch (error) {
      throw error instanceof PunktfunkError
        ? error
        : new PunktfunkError('DISPLAY_UNAVAILABLE', { reason: reasonOf(error) }, { cause: error });
    } finally {
      if (this.#opening === opening) this.#opening = undefined;
    }
  }

  /** The desktop that is open now, in words, and what it answers when it is asked. */
  async describe(): Promise<{ kind: DisplayKind; description: string; trouble: string | undefined } | undefined> {
    const opening = this.#opening?.catch(() => undefined); // who opens it is told why it failed
    const display = (await opening) ?? this.#display;
    return display && { kind: display.kind, description: display.description, trouble: await display.ask() };
  }

  /**
   * The desktop for a stream that is to begin. It is asked each time whether it answers, and, unless it is in use, whether it is still the
   * one to choose: the session's own compositor comes back while the embedded desktop stands in for it. Throws DISPLAY_UNAVAILABLE.
   */
  async choose(in_use: boolean): Promise<Display> {
    const trouble = this.#display && (await answerOf(this.#display));
    if (this.#display && trouble !== undefined) {
      // Who hangs may come back, and with it the work of a program.
      if (in_use) throw new PunktfunkError('DISPLAY_UNAVAILABLE', { reason: trouble });
      this.#gone(this.#display, trouble);
    }
    const display = this.#display;
    if (display && !in_use && !(await display.isFirstChoice().catch(() => false)) && this.#display === display) {
      this.#options.events.tell({ type: 'display', step: 'left', description: display.description });
      this.#display = undefined;
      this.#leave(display);
    }
    return this.open();
  }

  /** A program on it failed, and may have noticed before we do that its desktop is gone: then that is what ended. */
  async check(display: Display): Promise<void> {
    const trouble = await answerOf(display);
    if (trouble !== undefined) this.#gone(display, trouble);
  }

  async close(): Promise<void> {
    const display = this.#display ?? (await this.#opening?.catch(() => undefined));
    this.#display = undefined;
    await display?.close();
    await this.#leaving;
  }

  #keep(display: Display): void {
    this.#display = display;
    this.#options.events.tell({ type: 'display', step: 'opened', description: display.description });
    display.onGone((sentence) => this.#gone(display, sentence));
  }

  #gone(display: Display, sentence: string): void {
    const { events, stopping, onGone } = this.#options;
    if (this.#display !== display || stopping.aborted) return;
    this.#display = undefined;
    const { description } = display;
    events.tell({ type: 'display', step: 'gone', description, reason: sentence.replace(/\.$/, '') });
    onGone(display);
    this.#leave(display);
  }

  #leave(display: Display): void {
    this.#leaving = Promise.all([this.#leaving, display.close()]).then(
      () => {},
      (error: unknown) =>
        this.#options.log.warn(
          { event: 'display_not_closed', err: error },
          `A desktop was not closed: ${reasonOf(error)}.`,
        ),
    );
  }
}

/** Why a desktop cannot be streamed, as the end of a sentence. A busy machine's is asked more than once before it is given up. */
async function answerOf(display: Display): Promise<string | undefined> {
  let trouble: string | undefined;
  for (let tries = 0; tries < display_tries; tries++) {
    trouble = await display.ask();
    if (trouble === undefined) return undefined;
  }
  return trouble;
}
