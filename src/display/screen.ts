// The screen of a Sway of ours: none that anybody could look at, but one that keeps exactly the rate of a stream (screen-clock.ts).

import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { inTime } from '../deadline.ts';
import { reasonOf } from '../errors.ts';

/** From an answer of its thread to the next question. */
const pause_ms = 5_000;

export class Screen {
  /** Where its compositor finds it: an absolute WAYLAND_DISPLAY. */
  readonly path: string;
  /** Resolves with why it keeps no time any more, unless it was closed. Its compositor ends with it. */
  readonly failed: Promise<string>;
  readonly #worker: Worker;
  readonly #failed = Promise.withResolvers<string>();
  readonly #closing = new AbortController();
  #refresh_mhz: number;

  private constructor(path: string, refresh_mhz: number) {
    this.path = path;
    this.failed = this.#failed.promise;
    this.#refresh_mhz = refresh_mhz;
    const file = join(import.meta.dirname, 'screen-worker.ts');
    this.#worker = new Worker(file, { workerData: { path, refresh_mhz }, execArgv: [] });
    this.#worker.unref(); // no reason to go on
  }

  /** Resolves when it can be connected to. Throws Error. `answer_ms`: a thread that is silent for so long hangs. */
  static async open(path: string, refresh_mhz: number, answer_ms = 10_000): Promise<Screen> {
    const screen = new Screen(path, refresh_mhz);
    await once(screen.#worker, 'message');
    screen.#worker.on('error', (error) => screen.#failed.resolve(reasonOf(error)));
    void screen.#watch(answer_ms);
    return screen;
  }

  get refresh_mhz(): number {
    return this.#refresh_mhz;
  }

  setRate(refresh_mhz: number): void {
    this.#refresh_mhz = refresh_mhz;
    this.#worker.postMessage(refresh_mhz);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#worker.terminate();
  }

  /** One that hangs is ended, and with it its compositor, which is told: else the desktop would stand still, and each launch on it fail. */
  async #watch(answer_ms: number): Promise<void> {
    const { signal } = this.#closing;
    try {
      for (;;) {
        this.setRate(this.#refresh_mhz);
        await inTime(once(this.#worker, 'message', { signal }), answer_ms, `it hangs (${answer_ms / 1000} s)`);
        await sleep(pause_ms, undefined, { signal, ref: false });
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#failed.resolve(reasonOf(error));
      await this.#worker.terminate();
    }
  }
}
