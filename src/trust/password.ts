// A password as it is kept: argon2id with the parameters that OWASP recommends (19 MiB, two passes). Off this thread, and one at a time:
// each takes its memory and a core while it runs, and clients pair and launch meanwhile (docs/benchmarks.md, The API under load).

import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { type Static, Type } from 'typebox';

const hashing = promisify(argon2);
const parameters = { memory_kib: 19_456, passes: 2 };
const hash_bytes = 32;

export const PasswordHash = Type.Object(
  {
    salt: Type.String({ pattern: '^[0-9a-f]{32}$' }),
    hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    memory_kib: Type.Integer({ minimum: 8, maximum: 1_048_576 }),
    passes: Type.Integer({ minimum: 1, maximum: 16 }),
  },
  { additionalProperties: false },
);
export type PasswordHash = Static<typeof PasswordHash>;

let turn: Promise<unknown> = Promise.resolve();

function derive(password: string, salt: Buffer, memory_kib: number, passes: number): Promise<Buffer> {
  const message = password.normalize('NFC');
  const told = { message, nonce: salt, parallelism: 1, tagLength: hash_bytes, memory: memory_kib, passes };
  const hash = turn.then(() => hashing('argon2id', told));
  turn = hash.catch(() => {}); // told to whoever waits for it
  return hash;
}

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, parameters.memory_kib, parameters.passes);
  return { salt: salt.toString('hex'), hash: hash.toString('hex'), ...parameters };
}

export async function isPassword(password: string, { salt, hash, memory_kib, passes }: PasswordHash): Promise<boolean> {
  const derived = await derive(password, Buffer.from(salt, 'hex'), memory_kib, passes);
  return timingSafeEqual(derived, Buffer.from(hash, 'hex'));
}
