// A deadline that is judged by the time in which this process ran. A process that was stopped, starved or busy for longer than the limit
// wakes with its timers due and with the answer it waits for unread in a socket: timers run first (the phases of Node's event loop), so a
// plain timer would call silent who has been talking all the while. Here the limit is walked through in steps, of which those with such a
// gap do not count, and after the last one what has arrived is read before anything is called late.

const steps = 5;
/** A step that comes later than this, and than its own length, was a gap. */
const gap_ms = 250;

export class Deadline {
  #timer: NodeJS.Timeout | undefined;
  #reading: NodeJS.Immediate | undefined;

  /** Calls `late` once `limit_ms` have been lived through; replaces what was set before. */
  set(limit_ms: number, late: () => void): void {
    this.clear();
    const step_ms = limit_ms / steps;
    let left = steps;
    let due_ms = 0;
    const walk = () => {
      due_ms = performance.now() + step_ms;
      this.#timer = setTimeout(step, step_ms);
    };
    const step = () => {
      if (performance.now() - due_ms <= Math.max(gap_ms, step_ms)) left -= 1;
      if (left > 0) walk();
      else this.#reading = setImmediate(late);
    };
    walk();
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#reading);
  }
}

/** The promise's value. Throws Error with `sentence` after `limit_ms` of this process's own time. */
export async function inTime<T>(promise: Promise<T>, limit_ms: number, sentence: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const deadline = new Deadline();
  deadline.set(limit_ms, () => late.reject(new Error(sentence)));
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    deadline.clear();
  }
}
