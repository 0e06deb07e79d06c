// What a Wayland compositor offers: one registry round trip on the wire (Wayland protocol, appendix A: u32 object, u16 opcode, u16 size).

import { connect } from 'node:net';
import { endianness } from 'node:os';

const registry_id = 2;
const callback_id = 3;
const max_reply_bytes = 1 << 20;
const little_endian = endianness() === 'LE';

/** The names of the interfaces. Throws Error with a sentence when nobody answers in time or the answer makes no sense. */
export function waylandGlobals(socket_path: string, timeout_ms = 2_000): Promise<Set<string>> {
  return new Promise((resolve, reject) => {
    const globals = new Set<string>();
    let pending: Buffer = Buffer.alloc(0);
    let received = 0;
    const socket = connect(socket_path);
    const timer = setTimeout(() => fail('it does not answer'), timeout_ms);
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
    };
    const fail = (reason: string) => {
      finish();
      reject(new Error(reason));
    };
    socket.on('connect', () => {
      socket.write(Buffer.concat([request(1, 1, registry_id), request(1, 0, callback_id)])); // get_registry, sync
    });
    socket.on('error', (error) => fail(error.message));
    socket.on('close', () => fail('it closed the connection'));
    socket.on('data', (bytes) => {
      received += bytes.length;
      if (received > max_reply_bytes) return fail('its answer is too long');
      pending = Buffer.concat([pending, bytes]);
      while (pending.length >= 8) {
        const object = u32(pending, 0);
        const size = u32(pending, 4) >>> 16;
        const opcode = u32(pending, 4) & 0xffff;
        if (size < 8) return fail('its answer is not Wayland');
        if (pending.length < size) return;
        const body = pending.subarray(8, size);
        pending = pending.subarray(size);
        if (object === registry_id && opcode === 0) {
          const name = globalName(body);
          if (name === undefined) return fail('its answer is not Wayland');
          globals.add(name);
        } else if (object === callback_id) {
          finish();
          resolve(globals);
          return;
        } else if (object === 1 && opcode === 0) return fail('it reports an error');
      }
    });
  });
}

/** wl_registry.global: u32 name, string interface (u32 length with its zero, padded to 4), u32 version. */
function globalName(body: Buffer): string | undefined {
  if (body.length < 8) return undefined;
  const length = u32(body, 4);
  if (length < 1 || length > body.length - 8) return undefined;
  return body.toString('utf8', 8, 8 + length - 1);
}

function request(object: number, opcode: number, new_id: number): Buffer {
  const words = [object, (12 << 16) | opcode, new_id];
  const bytes = Buffer.alloc(12);
  words.forEach((word, i) => {
    if (little_endian) bytes.writeUInt32LE(word, i * 4);
    else bytes.writeUInt32BE(word, i * 4);
  });
  return bytes;
}

function u32(bytes: Buffer, at: number): number {
  return little_endian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
}
