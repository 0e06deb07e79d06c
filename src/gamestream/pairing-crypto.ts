// The arithmetic of pairing (docs/gamestream.md, 3.2): AES-128-ECB without padding, SHA-256, RSA PKCS #1 v1.5. Pure; the order of the steps
// is in pairing.ts. The cipher is what clients speak, and weak: whoever sees the exchange can try all 10,000 PINs off line.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';

export const secret_bytes = 16;
export const hash_bytes = 32;
export const rsa_signature_bytes = 256;

const sha256 = (...parts: Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The exchange's AES key: first half of SHA-256 over the salt (16 bytes) and the PIN as four ASCII digits. */
export const pairingKey = (salt: Uint8Array, pin: string): Buffer =>
  sha256(salt, Buffer.from(pin, 'ascii')).subarray(0, 16);

/** AES-128-ECB, no padding; `bytes` is a multiple of 16 long. */
export function encryptBlocks(key: Uint8Array, bytes: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

export function decryptBlocks(key: Uint8Array, bytes: Uint8Array): Buffer {
  const cipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/** Each side's proof: SHA-256 over the other's challenge, its own certificate's signature and its own secret. */
export const proofHash = (challenge: Uint8Array, certificate_signature: Uint8Array, secret: Uint8Array): Buffer =>
  sha256(challenge, certificate_signature, secret);

export const signSecret = (secret: Uint8Array, key: KeyObject | string): Buffer => sign('sha256', secret, key);

export const verifySecret = (secret: Uint8Array, signature: Uint8Array, key: KeyObject): boolean =>
  verify('sha256', secret, key, signature);

export const equalInConstantTime = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b);

/** For texts that only the right side knows. */
export const equalTexts = (a: string, b: string): boolean => equalInConstantTime(Buffer.from(a), Buffer.from(b));
