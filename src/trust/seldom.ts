// What changes often and may be some time behind in its file: written now and then, and when the host ends.

import { reasonOf } from '../errors.ts';
import type { Logger } from '../log.ts';

export interface SeldomOptions {
  write: () => void;
  /** So much older the file may be. */
  after_ms: number;
  log: Logger;
  /** Of the line that tells a failure, which does nobody harm. */
  event: string;
  now?: () => number;
}

export class Seldom {
  readonly #options: SeldomOptions;
  readonly #now: () => number;
  #written_ms = Number.NEGATIVE_INFINITY;
  #is_written = true;

  constructor(options: SeldomOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  changed(): void {
    this.#is_written = false;
    if (this.#now() - this.#written_ms > this.#options.after_ms) this.write();
  }

  /** What the file does not hold yet. */
  write(): void {
    if (this.#is_written) return;
    this.#written_ms = this.#now(); // also of a failure: it is not tried at each change
    try {
      this.#options.write();
      this.#is_written = true;
    } catch (error) {
      const { log, event } = this.#options;
      log.warn({ event, err: error }, `${reasonOf(error)}.`);
    }
  }
}
