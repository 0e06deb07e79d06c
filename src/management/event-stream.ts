// Server-sent events (the HTML standard, section 9.2): what is told goes to a listener as fast as he reads. One who falls too far behind
// is cut off; he may come back and say what he had last.

import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { TSchema } from 'typebox';
import { PunktfunkError } from '../errors.ts';
import type { Content } from './route.ts';

export const eventStreamOf = (messages: TSchema): Content => ({ content_type: 'text/event-stream', messages });

export const stream_limits = {
  listeners: 128,
  /** Between two signs of life, which tell a listener and what stands between that the connection lives. */
  heartbeat_ms: 15_000,
  /** Of one that is sent next, as text. */
  unread_bytes: 16 << 10,
};

export interface Message {
  /** What the listener says when he comes back. */
  id?: string | null;
  data: object;
}

/** A comment. */
const sign_of_life = ':\n\n';

let listeners = 0;

export class EventStream extends Readable {
  readonly #waiting: Message[] = [];
  readonly #max_waiting: number;
  readonly #heartbeat: NodeJS.Timeout;
  #wanted = false;
  #requireWelcome = () => {};

  /** So many messages wait at most for a listener who does not read. Throws TOO_MANY_LISTENERS. */
  constructor(reply: FastifyReply, max_waiting: number) {
    if (listeners >= stream_limits.listeners) throw new PunktfunkError('TOO_MANY_LISTENERS', { count: listeners });
    super({ highWaterMark: stream_limits.unread_bytes });
    listeners++;
    this.#max_waiting = max_waiting;
    this.#heartbeat = setInterval(() => this.#beat(), stream_limits.heartbeat_ms).unref();
    this.once('close', () => {
      listeners--;
      clearInterval(this.#heartbeat);
    });
    reply.header('cache-control', 'no-store');
    this.push(sign_of_life); // and the head of the answer with it
  }

  /** Asked before anything is told: a listener whom it throws for hears nothing more. */
  tellWhile(requireWelcome: () => void): void {
    this.#requireWelcome = requireWelcome;
  }

  send(message: Message): void {
    if (this.destroyed || !this.#isWelcome()) return;
    this.#waiting.push(message);
    if (this.#wanted) this.#flush();
    if (this.#waiting.length > this.#max_waiting) this.destroy();
  }

  /** Called once, however it ended. */
  onEnd(listener: () => void): void {
    if (this.destroyed) listener();
    else this.once('close', listener);
  }

  override _read(): void {
    this.#wanted = true;
    this.#flush();
  }

  #flush(): void {
    for (let message = this.#waiting[0]; this.#wanted && message; message = this.#waiting[0]) {
      this.#waiting.shift();
      this.#wanted = this.push(textOf(message));
    }
  }

  #isWelcome(): boolean {
    try {
      this.#requireWelcome();
      return true;
    } catch {
      this.destroy();
      return false;
    }
  }

  #beat(): void {
    if (this.#isWelcome() && this.#wanted && this.#waiting.length === 0) this.#wanted = this.push(sign_of_life);
  }
}

/** JSON has no line break in it, and our ids have none. */
const textOf = ({ id, data }: Message): string => `${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(data)}\n\n`;
