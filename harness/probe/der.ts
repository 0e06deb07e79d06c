// Just enough DER to write one self-signed certificate and to find the signature inside any (X.690; RFC 5280, 4.1).

const tag_integer = 0x02;
const tag_bit_string = 0x03;
const tag_null = 0x05;
const tag_oid = 0x06;
const tag_utf8_string = 0x0c;
const tag_utc_time = 0x17;
const tag_generalized_time = 0x18;
const tag_sequence = 0x30;
const tag_set = 0x31;
const tag_explicit_0 = 0xa0;

export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}

export const sequence = (...contents: readonly Uint8Array[]): Buffer => der(tag_sequence, ...contents);
export const set = (...contents: readonly Uint8Array[]): Buffer => der(tag_set, ...contents);
export const explicit0 = (...contents: readonly Uint8Array[]): Buffer => der(tag_explicit_0, ...contents);
export const smallInteger = (value: number): Buffer => der(tag_integer, Buffer.from([value]));
export const nothing = (): Buffer => der(tag_null);
export const utf8String = (text: string): Buffer => der(tag_utf8_string, Buffer.from(text, 'utf8'));
export const bitString = (bits: Uint8Array): Buffer => der(tag_bit_string, Buffer.from([0]), bits);

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(tag_oid, Buffer.from(bytes));
}

// RFC 5280, 4.1.2.5: two-digit years through 2049, four-digit years after.
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return date.getUTCFullYear() < 2050
    ? der(tag_utc_time, Buffer.from(`${digits.slice(2)}Z`))
    : der(tag_generalized_time, Buffer.from(`${digits}Z`));
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly rest: Buffer;
}

function readElement(bytes: Buffer): Element {
  const tag = bytes[0];
  const first = bytes[1];
  if (tag === undefined || first === undefined) throw new Error('the certificate ends in the middle of an element');
  let length = first;
  let start = 2;
  if (first & 0x80) {
    const size = first & 0x7f;
    if (size === 0 || size > 3 || bytes.length < 2 + size) throw new Error('the certificate has an unreadable length');
    length = bytes.readUIntBE(2, size);
    start = 2 + size;
  }
  if (bytes.length < start + length) throw new Error('the certificate ends in the middle of an element');
  return { tag, content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}

// The bytes of a certificate's signatureValue, without the count of unused bits: what GameStream's pairing hashes mean
// by "certificate signature" (docs/gamestream.md, 3.1).
export function certificateSignature(certificate: Buffer): Buffer {
  const outer = readElement(certificate);
  if (outer.tag !== tag_sequence) throw new Error('the certificate does not start with a SEQUENCE');
  const to_be_signed = readElement(outer.content);
  const algorithm = readElement(to_be_signed.rest);
  const signature = readElement(algorithm.rest);
  if (signature.tag !== tag_bit_string || signature.content[0] !== 0) {
    throw new Error('the certificate has no signature where one must be');
  }
  return signature.content.subarray(1);
}
