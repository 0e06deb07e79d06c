// A program of the desktop that is started again when it ends, with a growing pause. One that ends again and again is left alone, and said
// so.

import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../log.ts';
import type { Child } from './child.ts';

export const restart_limits = {
  /** Before each new start since it last ran well. When they are used up it is not started again. */
  pauses_ms: [0, 100, 300, 1_000, 3_000],
  /** A program that lived this long ran well. */
  well_ms: 30_000,
};

export interface ServiceOptions {
  name: string;
  /** Resolves when what the program needs is there; it is started then. */
  needs?: (signal: AbortSignal) => Promise<unknown>;
  start: () => Child;
  log: Logger;
  limits?: typeof restart_limits;
}

export class Service {
  readonly #options: ServiceOptions;
  readonly #limits: typeof restart_limits;
  readonly #stopping = new AbortController();
  #child: Child;
  #given_up: string | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#limits = options.limits ?? restart_limits;
    this.#child = options.start();
    void this.#watch();
  }

  /** The one that runs, or ran last. */
  get child(): Child {
    return this.#child;
  }

  /** Why it does not run any more, as a part of a sentence. */
  get given_up(): string | undefined {
    return this.#given_up;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#child.stop();
  }

  async #watch(): Promise<void> {
    const { name, log } = this.#options;
    const { signal } = this.#stopping;
    let pauses = this.#limits.pauses_ms.values();
    for (;;) {
      const started_ms = performance.now();
      const how = await this.#child.ended;
      if (signal.aborted) return;
      const said = this.#child.last_words ? ` (${this.#child.last_words})` : '';
      if (performance.now() - started_ms > this.#limits.well_ms) pauses = this.#limits.pauses_ms.values();
      const pause = pauses.next();
      if (pause.done) {
        this.#given_up = `${how}${said} again and again`;
        log.error({ event: 'desktop_service_given_up', program: name }, `${this.#given_up}; it is not started again.`);
        return;
      }
      log.warn({ event: 'desktop_service_ended', program: name }, `${how}${said}; it is started again.`);
      try {
        await wait(pause.value, undefined, { signal });
        await this.#options.needs?.(signal);
      } catch {
        return; // stopped meanwhile
      }
      if (signal.aborted) return;
      this.#child = this.#options.start();
    }
  }
}
