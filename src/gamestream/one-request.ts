// One connection, one request, one answer. Node parses whatever arrives: 60 KB of pipelined requests are 1,800 calls of a handler before
// anybody else is served. Stock clients open a connection for each request, so what follows the first one is never read as a request.

import { type Server as HttpServer, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { Deadline } from '../deadline.ts';
import { PunktfunkError } from '../errors.ts';
import { badQuery } from './query.ts';

export interface RequestLimits {
  /** From the connection to the last byte of the request's head. */
  head_timeout_ms: number;
  max_head_bytes: number;
}

const head_end = '\r\n\r\n';

/** To what becomes no request of a handler. */
export const bareRefusal = ({ status }: PunktfunkError): string =>
  `HTTP/1.1 ${status.http} ${STATUS_CODES[status.http]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;

/** What the HTTP server sees of a connection: one head, and the way back. */
export class OneRequest extends Duplex {
  /** The connection itself: addresses, the peer's certificate. */
  readonly socket: Socket;

  constructor(socket: Socket, head: Buffer) {
    super({ allowHalfOpen: true });
    this.socket = socket;
    // More than the request: another one while this is being answered. A client that hangs up ends the request.
    socket.on('data', () => socket.destroy());
    socket.once('end', () => this.push(null));
    socket.once('close', () => this.destroy());
    this.push(head);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, written: (error?: Error | null) => void): void {
    this.socket.write(chunk, written);
  }

  override _final(done: () => void): void {
    this.socket.destroySoon();
    done();
  }

  override _destroy(_: Error | null, done: () => void): void {
    this.socket.destroy();
    done();
  }
}

/**
 * Stands between an HTTP server and its connections (`event`: where the server takes them, after TLS if there is any). Call before
 * listening.
 */
export function takeOneRequest(
  server: HttpServer,
  event: 'connection' | 'secureConnection',
  limits: RequestLimits,
): void {
  server.prependListener('request', (_, response) => response.setHeader('Connection', 'close'));
  const takers = server.listeners(event);
  server.removeAllListeners(event);
  server.on(event, (socket: Socket) => {
    readHead(socket, limits, (head) => {
      const connection = new OneRequest(socket, head);
      for (const take of takers) take.call(server, connection);
    });
  });
}

function readHead(socket: Socket, limits: RequestLimits, taken: (head: Buffer) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const deadline = new Deadline();
  deadline.set(limits.head_timeout_ms, () => socket.destroy());
  const done = () => {
    deadline.clear();
    socket.off('data', receive);
  };
  const refuse = (error: PunktfunkError) => {
    done();
    socket.write(bareRefusal(error));
    socket.destroySoon();
  };
  const receive = (chunk: Buffer) => {
    const seen = Math.max(0, bytes.length - head_end.length);
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    const end = bytes.indexOf(head_end, seen);
    const first = bytes[0] ?? 0;
    if (first < 0x41 || first > 0x5a)
      refuse(badQuery('This is no HTTP request')); // no method begins so
    else if (end < 0 && bytes.length > limits.max_head_bytes)
      refuse(new PunktfunkError('HEAD_TOO_LONG', { bytes: limits.max_head_bytes }));
    else if (end >= 0 && end + head_end.length < bytes.length) refuse(badQuery('Something follows the request'));
    else if (end >= 0) {
      done();
      taken(bytes);
    }
  };
  socket.on('data', receive);
  socket.on('error', () => socket.destroy());
  socket.once('close', done);
}
