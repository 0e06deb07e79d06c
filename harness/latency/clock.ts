// By how much the clock of another machine is ahead of ours, found by asking it often: an answer that came quickly bounds the truth, since
// the other's clock was read between our question and its answer. CLOCK_MONOTONIC on both sides, in which beacons paint.

import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { scheduler } from 'node:timers/promises';

export const default_clock_port = 47_960;
const magic = Buffer.from('PFCLOCK1');
/** magic, number of the question, when it was read, when it was answered. */
const message_bytes = 32;
const questions = 40;
const pause_ms = 5;
const answer_ms = 500;

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

/** Answers whoever asks, until the signal, with as many bytes as were asked with: it makes none larger. Throws when the port is taken. */
export async function serveClock(port: number, signal: AbortSignal, onReady: (port: number) => void): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port: to_port, address }) => {
    const read_ns = now_ns();
    if (question.length !== message_bytes || !question.subarray(0, 8).equals(magic)) return;
    question.writeBigUInt64LE(read_ns, 16);
    question.writeBigUInt64LE(now_ns(), 24);
    socket.send(question, to_port, address);
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

/** Undefined: nobody answers. Rejects with what the network says: a name that is none, a port that refuses. */
export async function askClock(host: string, port: number, signal: AbortSignal): Promise<Offset | undefined> {
  const socket = createSocket('udp4');
  let best: Offset | undefined;
  try {
    await new Promise<void>((done, failed) => {
      socket.once('error', failed);
      socket.connect(port, host, done);
    });
    for (let number = 0; number < questions && !signal.aborted; number++) {
      const found = await ask(socket, BigInt(number));
      if (found && (!best || found.error_ns < best.error_ns)) best = found;
      if (!found && !best && number >= 3) return undefined;
      await scheduler.wait(pause_ms);
    }
    return best;
  } finally {
    socket.close();
  }
}

async function ask(socket: Socket, number: bigint): Promise<Offset | undefined> {
  const question = Buffer.alloc(message_bytes);
  magic.copy(question);
  question.writeBigUInt64LE(number, 8);
  const answered = new Promise<{ answer: Buffer; got_ns: bigint } | undefined>((done, failed) => {
    const late = setTimeout(() => finish(undefined), answer_ms);
    const onMessage = (answer: Buffer) => {
      const got_ns = now_ns();
      // An answer to an earlier question, or of somebody else.
      if (answer.length === message_bytes && answer.subarray(0, 16).equals(question.subarray(0, 16)))
        finish({ answer, got_ns });
    };
    const onError = (error: Error) => {
      finish(undefined);
      failed(error);
    };
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

/** Another machine's times in ours: two clocks drift apart, evenly as far as anybody can tell from before and after. */
export class OtherClock {
  readonly #before: Offset;
  readonly #after: Offset;

  constructor(before: Offset, after: Offset) {
    this.#before = before;
    this.#after = after;
  }

  toOurs(theirs_ns: number): number {
    const { at_ns, offset_ns } = this.#before;
    const span_ns = this.#after.at_ns - at_ns;
    const drift = span_ns > 0 ? (this.#after.offset_ns - offset_ns) / span_ns : 0;
    return theirs_ns - offset_ns - drift * (theirs_ns - offset_ns - at_ns);
  }

  get error_ms(): number {
    return Math.max(this.#before.error_ns, this.#after.error_ns) / 1e6;
  }

  /** By how much they drifted apart meanwhile. */
  get drift_ms(): number {
    return (this.#after.offset_ns - this.#before.offset_ns) / 1e6;
  }
}
