// What anybody on the network can make this host do without being paired: it is counted for `status`, and says only so much in the log.

import type { Logger } from '../log.ts';

export const stranger_limits = {
  /** Lines of one event in a window; the others are counted. */
  lines: 10,
  window_ms: 60_000,
  known_addresses: 64,
};

type Level = 'debug' | 'info' | 'warn' | 'error';

interface Window {
  lines: number;
  left_out: number;
  end: NodeJS.Timeout;
}

export class Strangers {
  /** Since the host's start. */
  readonly counts = { requests_refused: 0, connections_closed: 0, lines_left_out: 0 };
  readonly #log: Logger;
  readonly #limits: typeof stranger_limits;
  readonly #windows = new Map<string, Window>();
  readonly #known = new Set<string>();

  constructor(log: Logger, limits = stranger_limits) {
    this.#log = log;
    this.#limits = limits;
  }

  /** A paired client proved itself from here: its connections are the last to go when there are too many. */
  welcome(address: string): void {
    this.#known.delete(address);
    this.#known.add(address);
    const [oldest] = this.#known;
    if (oldest !== undefined && this.#known.size > this.#limits.known_addresses) this.#known.delete(oldest);
  }

  isKnown(address: string): boolean {
    return this.#known.has(address);
  }

  /** A line that anyone can cause as often as he likes. */
  say(level: Level, fields: { event: string; [name: string]: unknown }, sentence: string): void {
    if (!this.#log.isLevelEnabled(level)) return;
    const { event } = fields;
    let window = this.#windows.get(event);
    if (!window) {
      window = { lines: 0, left_out: 0, end: setTimeout(() => this.#endWindow(event), this.#limits.window_ms).unref() };
      this.#windows.set(event, window);
    }
    if (window.lines++ < this.#limits.lines) {
      this.#log[level](fields, sentence);
      return;
    }
    window.left_out++;
    this.counts.lines_left_out++;
  }

  close(): void {
    for (const event of this.#windows.keys()) this.#endWindow(event);
  }

  #endWindow(event: string): void {
    const window = this.#windows.get(event);
    if (!window) return;
    clearTimeout(window.end);
    this.#windows.delete(event);
    if (window.left_out === 0) return;
    this.#log.warn(
      { event: 'lines_left_out', of: event, count: window.left_out },
      `${window.left_out} more lines like the last "${event}" were left out.`,
    );
  }
}
