// Encrypted RTSP (`rtspenc`): each message in one AES-128-GCM frame (docs/gamestream.md, 5.2).

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { BadRtsp, max_request_bytes } from './message.ts';

const header_bytes = 24; // length, sequence number, tag
const tag_offset = 8;
const sealed_flag = 0x8000_0000;

type Sender = 'client' | 'host';

/** 12 bytes: sequence little-endian, zeros, then CR or HR. */
function nonceOf(sequence: number, sender: Sender): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32LE(sequence, 0);
  nonce.write(sender === 'client' ? 'CR' : 'HR', 10, 'ascii');
  return nonce;
}

/** Whether `bytes`, of which there is one at least, begin a frame; a clear request is text. */
export const isSealed = (bytes: Buffer): boolean => ((bytes[0] ?? 0) & 0x80) !== 0;

/** Length of the whole frame at the start of `bytes`; undefined while the header is not there. Throws BadRtsp when it is none. */
export function frameLength(bytes: Buffer): number | undefined {
  if (bytes.length < 4) return undefined;
  const word = bytes.readUInt32BE(0);
  if ((word & sealed_flag) === 0) throw new BadRtsp('the message is not encrypted');
  const length = (word & ~sealed_flag) >>> 0;
  if (length === 0 || length > max_request_bytes) throw new BadRtsp(`the message claims ${length} bytes`);
  return header_bytes + length;
}

export interface OpenedFrame {
  sequence: number;
  plaintext: Buffer;
}

/** Opens one whole frame. Throws BadRtsp when it was not sealed with `key`. */
export function openFrame(frame: Buffer, key: Buffer, sender: Sender = 'client'): OpenedFrame {
  const length = frameLength(frame);
  if (length === undefined || frame.length !== length) throw new BadRtsp('the message has a wrong length');
  const sequence = frame.readUInt32BE(4);
  const cipher = createDecipheriv('aes-128-gcm', key, nonceOf(sequence, sender), { authTagLength: 16 });
  cipher.setAuthTag(frame.subarray(tag_offset, header_bytes));
  try {
    return { sequence, plaintext: Buffer.concat([cipher.update(frame.subarray(header_bytes)), cipher.final()]) };
  } catch {
    throw new BadRtsp('the message was not encrypted with the key of this session');
  }
}

/** Seals one message. A sequence number is never used twice with a key by one sender. */
export function sealFrame(plaintext: Buffer, key: Buffer, sequence: number, sender: Sender = 'host'): Buffer {
  const cipher = createCipheriv('aes-128-gcm', key, nonceOf(sequence, sender), { authTagLength: 16 });
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const header = Buffer.alloc(8);
  header.writeUInt32BE((sealed_flag | ciphertext.length) >>> 0, 0);
  header.writeUInt32BE(sequence, 4);
  return Buffer.concat([header, cipher.getAuthTag(), ciphertext]);
}
