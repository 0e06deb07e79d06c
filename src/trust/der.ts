// The little of DER (ITU-T X.690) that an X.509 certificate needs. node:crypto reads certificates but cannot make them.

const long_form = 0x80;

/** Tag, length, contents. */
export function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const contents = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), derLength(contents.length), contents]);
}

function derLength(length: number): Buffer {
  if (length < long_form) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.from([long_form | bytes.length, ...bytes]);
}

export const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
export const set = (...parts: Uint8Array[]) => der(0x31, ...parts);
export const boolean = (value: boolean) => der(0x01, Buffer.from([value ? 0xff : 0]));
export const octetString = (bytes: Uint8Array) => der(0x04, bytes);
export const bitString = (bytes: Uint8Array) => der(0x03, Buffer.from([0]), bytes);
export const nul = () => der(0x05);
export const utf8String = (text: string) => der(0x0c, Buffer.from(text, 'utf8'));
/** Context-specific, constructed: [n] EXPLICIT. */
export const explicit = (number: number, part: Uint8Array) => der(0xa0 | number, part);

/** A non-negative INTEGER from big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let first = 0;
  while (first < bytes.length - 1 && bytes[first] === 0) first++;
  const minimal = Buffer.from(bytes.subarray(first));
  const sign = (minimal[0] ?? 0) & 0x80 ? [Buffer.from([0])] : [];
  return der(0x02, ...sign, minimal);
}

export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let more = arc >>> 7; more > 0; more >>>= 7) groups.unshift((more & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280 4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

export interface DerElement {
  tag: number;
  contents: Buffer;
  /** Offset of the first byte after the element. */
  end: number;
}

/** Reads the element at `offset`. Throws RangeError when it does not lie wholly inside `bytes`. */
export function readDer(bytes: Buffer, offset = 0): DerElement {
  const tag = bytes[offset];
  let length = bytes[offset + 1];
  if (tag === undefined || length === undefined) throw new RangeError('DER ends early');
  let start = offset + 2;
  if (length & long_form) {
    const count = length & 0x7f;
    if (count === 0 || count > 4 || start + count > bytes.length) throw new RangeError('DER length is not usable');
    length = bytes.readUIntBE(start, count);
    start += count;
  }
  if (start + length > bytes.length) throw new RangeError('DER ends early');
  return { tag, contents: bytes.subarray(start, start + length), end: start + length };
}
