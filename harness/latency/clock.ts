// By how much the clock of another machine is ahead of ours, found by asking it often: an answer that came quickly bounds the truth, since
// the other's clock was read between our question and its answer. CLOCK_MONOTONIC on both sides, in which beacons paint.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { scheduler } from 'node:timers/promises';

export const default_clock_port = 47_960;
const magic = Buffer.from('PFCLOCK1');
/** magic, number of the question, when it was read, when it was answered. */
const message_bytes = 32;
/** Before and after, when nobody streams. */
const questions = 40;
const pause_ms = 5;
/** Meanwhile. */
const seldom_ms = 100;
const answer_ms = 500;
/** Of those that were asked within so long the quickest answer counts. */
const window_ns = 5e9;
/** Two clocks, of which each is steered by 500 ppm at most (adjtimex(2)). */
const most_drift = 1e-3;

/** What libuv reads for hrtime on Linux is CLOCK_MONOTONIC. */
const now_ns = (): bigint => process.hrtime.bigint();

export interface Offset {
  /** Of ours, when it was found. */
  readonly at_ns: number;
  /** The other's clock less ours. */
  readonly offset_ns: number;
  /** Half of the shortest way there and back: so far the truth may be from it. */
  readonly error_ns: number;
}

/**
 * Answers whoever asks, until the signal, with as many bytes as were asked with: it makes none larger. Throws when the port is taken.
 */
export async function serveClock(
  port: number,
  signal: AbortSignal,
  onReady: (port: number) => void,
  read = now_ns,
): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port: to_port, address }) => {
    const read_ns = read();
    if (question.length !== message_bytes || !question.subarray(0, 8).equals(magic) || to_port === 0) return;
    question.writeBigUInt64LE(read_ns, 16);
    question.writeBigUInt64LE(read(), 24);
    socket.send(question, to_port, address, () => {}); // whom no answer reaches asks in vain, and the others get theirs
  });
  try {
    socket.bind(port);
    await once(socket, 'listening');
    onReady(socket.address().port);
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    socket.close();
  }
}

/** Another machine's clock, asked from now on until it is told that this is enough. */
export class ClockWatch {
  readonly #socket: Socket;
  readonly #best: Offset[] = [];
  readonly #ending = new AbortController();
  #asking: Promise<void> = Promise.resolve();
  #newest: Offset | undefined;
  #window_ends_ns = 0;
  #jumped_ns = 0;
  #number = 0n;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Undefined: nobody answers. Rejects when the host's name is none. */
  static async open(host: string, port: number, signal: AbortSignal): Promise<ClockWatch | undefined> {
    // A port that refuses is nobody who answers, also when it says so late.
    const socket = createSocket('udp4').on('error', () => {});
    try {
      await new Promise<void>((done, failed) => {
        socket.once('error', failed);
        socket.connect(port, host, done);
      });
      const watch = new ClockWatch(socket);
      await watch.#askOften(signal);
      if (watch.#newest) {
        watch.#asking = watch.#askSeldom();
        return watch;
      }
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.close();
    return undefined;
  }

  /** Of one that is not finished. */
  close(): void {
    this.#ending.abort();
    void this.#asking.then(() => this.#socket.close());
  }

  /** Undefined: it answers no more. */
  async finish(signal: AbortSignal): Promise<OtherClock | undefined> {
    this.#ending.abort();
    try {
      await this.#asking;
      const before = this.#newest?.at_ns;
      await this.#askOften(signal);
      if (this.#newest?.at_ns === before) return undefined;
      return new OtherClock(this.#best, this.#jumped_ns / 1e6);
    } finally {
      this.#socket.close();
    }
  }

  /** One window, whose best stands at the beginning or the end of everything that is measured. */
  async #askOften(signal: AbortSignal): Promise<void> {
    this.#window_ends_ns = 0;
    for (let asked = 0, answered = 0; asked < questions && !signal.aborted; asked++) {
      if (await this.#ask(Number.POSITIVE_INFINITY)) answered++;
      else if (answered === 0 && asked >= 3) return;
      await scheduler.wait(pause_ms);
    }
  }

  async #askSeldom(): Promise<void> {
    const { signal } = this.#ending;
    this.#window_ends_ns = 0;
    while (!signal.aborted) {
      await scheduler.wait(seldom_ms, { signal }).catch(() => {});
      if (!signal.aborted) await this.#ask(window_ns);
    }
  }

  /** The quickest answer of each window is kept. */
  async #ask(window_ns: number): Promise<boolean> {
    const found = await ask(this.#socket, this.#number++);
    if (!found) return false;
    const before = this.#newest;
    this.#newest = found;
    if (before) this.#jumped_ns = Math.max(this.#jumped_ns, jumpBetween(before, found));
    const best = this.#best.at(-1);
    if (!best || found.at_ns >= this.#window_ends_ns) {
      this.#window_ends_ns = found.at_ns + window_ns;
      this.#best.push(found);
    } else if (found.error_ns < best.error_ns) this.#best[this.#best.length - 1] = found;
    return true;
  }
}

/** So much two clocks that were asked one after the other cannot have drifted apart; in ns. */
export function jumpBetween(before: Offset, after: Offset): number {
  const possible_ns = before.error_ns + after.error_ns + most_drift * (after.at_ns - before.at_ns);
  return Math.max(0, Math.abs(after.offset_ns - before.offset_ns) - possible_ns);
}

async function ask(socket: Socket, number: bigint): Promise<Offset | undefined> {
  const question = Buffer.alloc(message_bytes);
  magic.copy(question);
  question.writeBigUInt64LE(number, 8);
  const answered = new Promise<{ answer: Buffer; got_ns: bigint } | undefined>((done) => {
    const late = setTimeout(() => finish(undefined), answer_ms);
    const onMessage = (answer: Buffer) => {
      const got_ns = now_ns();
      // An answer to an earlier question, or of somebody else.
      if (answer.length === message_bytes && answer.subarray(0, 16).equals(question.subarray(0, 16)))
        finish({ answer, got_ns });
    };
    const onError = () => finish(undefined);
    const finish = (value: { answer: Buffer; got_ns: bigint } | undefined) => {
      clearTimeout(late);
      socket.removeListener('message', onMessage).removeListener('error', onError);
      done(value);
    };
    socket.on('message', onMessage).on('error', onError);
  });
  const asked_ns = now_ns();
  socket.send(question);
  const found = await answered;
  return found && offsetOf(asked_ns, found.answer.readBigUInt64LE(16), found.answer.readBigUInt64LE(24), found.got_ns);
}

/** Undefined: a clock that ran backward, or an answer that was held longer than the whole way took. */
export function offsetOf(asked: bigint, read: bigint, answered: bigint, got: bigint): Offset | undefined {
  const way = got - asked - (answered - read);
  if (answered < read || way < 0n) return undefined;
  return {
    at_ns: Number((asked + got) / 2n),
    offset_ns: Number((read + answered - asked - got) / 2n),
    error_ns: Number(way) / 2,
  };
}

/** Another machine's times in ours: two clocks drift apart, evenly as far as anybody can tell from one time of asking to the next. */
export class OtherClock {
  /** More than no steering of clocks explains; 0: they did not jump. */
  readonly jumped_ms: number;
  readonly #found: readonly Offset[];

  /** In the order of time, at least one. */
  constructor(found: readonly Offset[], jumped_ms = 0) {
    this.#found = found;
    this.jumped_ms = jumped_ms;
  }

  toOurs(theirs_ns: number): number {
    const found = this.#found;
    const next = found.findIndex(({ at_ns, offset_ns }) => at_ns > theirs_ns - offset_ns);
    const [before, after] = [found[next - 1] ?? found.at(next === 0 ? 0 : -1), found[next] ?? found.at(-1)];
    if (!before || !after) return theirs_ns;
    const span_ns = after.at_ns - before.at_ns;
    const share = span_ns > 0 ? Math.min(1, Math.max(0, (theirs_ns - before.offset_ns - before.at_ns) / span_ns)) : 0;
    return theirs_ns - before.offset_ns - share * (after.offset_ns - before.offset_ns);
  }

  get error_ms(): number {
    return Math.max(...this.#found.map(({ error_ns }) => error_ns)) / 1e6 + this.uneven_ms;
  }

  /** By so much more than their errors some of what was found is beside a straight line through its neighbours. */
  get uneven_ms(): number {
    const beside = this.#found.slice(1, -1).map((one, i) => {
      const [before, after] = [this.#found[i] ?? one, this.#found[i + 2] ?? one];
      const share = (one.at_ns - before.at_ns) / (after.at_ns - before.at_ns);
      const straight_ns = before.offset_ns + share * (after.offset_ns - before.offset_ns);
      return Math.abs(one.offset_ns - straight_ns) - one.error_ns - Math.max(before.error_ns, after.error_ns);
    });
    return Math.max(0, ...beside) / 1e6;
  }

  /** By how much they drifted apart meanwhile. */
  get drift_ms(): number {
    return ((this.#found.at(-1)?.offset_ns ?? 0) - (this.#found[0]?.offset_ns ?? 0)) / 1e6;
  }
}
