// Sway's control socket: i3's IPC protocol (sway-ipc(7)). "i3-ipc", u32 length, u32 type in the machine's byte order, then JSON.

import { connect, type Socket } from 'node:net';
import { endianness } from 'node:os';

const magic = Buffer.from('i3-ipc');
const header_bytes = magic.length + 8;
const max_payload_bytes = 4 << 20;
const event_bit = 0x8000_0000;
const little_endian = endianness() === 'LE';

export const ipc_types = { command: 0, subscribe: 2, outputs: 3 } as const;
/** Types of events, without their top bit. */
export const ipc_events = { output: 1 } as const;

export interface IpcMessage {
  type: number;
  event: boolean;
  payload: unknown;
}

export function encodeMessage(type: number, payload: string): Buffer {
  const body = Buffer.from(payload);
  const header = Buffer.alloc(8);
  if (little_endian) {
    header.writeUInt32LE(body.length, 0);
    header.writeUInt32LE(type, 4);
  } else {
    header.writeUInt32BE(body.length, 0);
    header.writeUInt32BE(type, 4);
  }
  return Buffer.concat([magic, header, body]);
}

/** Takes bytes as they come and gives whole messages. Throws Error on bytes that are no IPC. */
export class MessageReader {
  #pending: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): IpcMessage[] {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    const messages: IpcMessage[] = [];
    while (this.#pending.length >= header_bytes) {
      if (!this.#pending.subarray(0, magic.length).equals(magic)) throw new Error('the answer is not i3 IPC');
      const length = this.#u32(magic.length);
      const type = this.#u32(magic.length + 4);
      if (length > max_payload_bytes) throw new Error(`an answer of ${length} bytes is too long`);
      if (this.#pending.length < header_bytes + length) break;
      const text = this.#pending.toString('utf8', header_bytes, header_bytes + length);
      this.#pending = this.#pending.subarray(header_bytes + length);
      messages.push({ type: type & ~event_bit, event: type >= event_bit, payload: JSON.parse(text) });
    }
    return messages;
  }

  #u32(at: number): number {
    return little_endian ? this.#pending.readUInt32LE(at) : this.#pending.readUInt32BE(at);
  }
}

/** One connection. Requests are answered in order; events go to the listener. */
export class IpcConnection {
  readonly #socket: Socket;
  readonly #reader = new MessageReader();
  readonly #waiting: { type: number; resolve: (payload: unknown) => void; reject: (error: Error) => void }[] = [];
  readonly #closed = Promise.withResolvers<string>();
  #onEvent: (message: IpcMessage) => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => {
      try {
        for (const message of this.#reader.push(bytes)) this.#receive(message);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', () => this.#end('the connection to the compositor was closed'));
  }

  static open(path: string): Promise<IpcConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        resolve(new IpcConnection(socket));
      });
      socket.once('error', reject);
    });
  }

  /** Resolves with the reason once the connection is over. */
  get closed(): Promise<string> {
    return this.#closed.promise;
  }

  set onEvent(listener: (message: IpcMessage) => void) {
    this.#onEvent = listener;
  }

  request(type: number, payload = ''): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new Error('the compositor is gone'));
        return;
      }
      this.#waiting.push({ type, resolve, reject });
      this.#socket.write(encodeMessage(type, payload));
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(message: IpcMessage): void {
    if (message.event) {
      this.#onEvent(message);
      return;
    }
    const waiting = this.#waiting.shift();
    if (waiting?.type !== message.type) throw new Error(`an answer of type ${message.type} that nobody asked for`);
    waiting.resolve(message.payload);
  }

  #end(reason: string): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error(reason));
    this.#closed.resolve(reason);
  }
}
