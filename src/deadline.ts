// A deadline that is judged by the time in which this process ran. A process that was stopped, starved or busy for longer than the limit wakes
// with its timers due and with the answer it waits for unread in a socket: timers run first (the phases of Node's event loop), so a plain
// timer would call silent who has been talking all the while. Here the limit is walked through in steps, of which such a gap takes one only, and
// after the last step what has arrived is read before anything is called late.

const steps = 5;

export class Deadline {
  #timer: NodeJS.Timeout | undefined;
  #reading: NodeJS.Immediate | undefined;

  /** Calls `late` once `limit_ms` have been lived through; replaces what was set before. */
  set(limit_ms: number, late: () => void): void {
    this.clear();
    let left = steps;
    const step = () => {
      left -= 1;
      if (left > 0) this.#timer = setTimeout(step, limit_ms / steps);
      else this.#reading = setImmediate(late);
    };
    this.#timer = setTimeout(step, limit_ms / steps);
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
