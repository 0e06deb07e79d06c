// Wayland on the wire (Wayland protocol, appendix A): u32 object, u16 opcode, u16 size, arguments.

import { endianness } from 'node:os';

const max_message_bytes = 4096; // libwayland's own limit
const little_endian = endianness() === 'LE';

export interface Message {
  object: number;
  opcode: number;
  body: Buffer;
}

/** Puts messages together from whatever pieces come. */
export class MessageReader {
  #pending: Buffer = Buffer.alloc(0);

  /** Throws Error when the bytes are no Wayland. */
  *push(bytes: Buffer): Generator<Message> {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (this.#pending.length >= 8) {
      const size = u32(this.#pending, 4) >>> 16;
      if (size < 8 || size > max_message_bytes) throw new Error('its answer is not Wayland');
      if (this.#pending.length < size) return;
      const message = this.#pending.subarray(0, size);
      this.#pending = this.#pending.subarray(size);
      yield { object: u32(message, 0), opcode: u32(message, 4) & 0xffff, body: message.subarray(8) };
    }
  }
}

export function message(object: number, opcode: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([word(object), word(((8 + body.length) << 16) | opcode), body]);
}

export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  if (little_endian) bytes.writeUInt32LE(value >>> 0);
  else bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** A string argument: its length with the terminating zero, the bytes, padding to four. */
export function text(value: string): Buffer {
  const length = Buffer.byteLength(value) + 1;
  const padded = Buffer.alloc(Math.ceil(length / 4) * 4);
  padded.write(value);
  return Buffer.concat([word(length), padded]);
}

/** Throws RangeError behind the end. */
export function u32(bytes: Buffer, at: number): number {
  return little_endian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}
