// The cookie by which a browser that signed in once is known again ("device cookies", OWASP): its tries are counted apart from those of
// strangers, who therefore cannot keep it out. It opens nothing. The host keeps none of them: they are sealed with the password's hash,
// and void with it.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { PasswordHash } from './password.ts';

const seal = (name: string, { hash }: PasswordHash): Buffer =>
  createHmac('sha256', Buffer.from(hash, 'hex')).update(`device ${name}`).digest();

export const newDevice = (password: PasswordHash): string => {
  const name = randomBytes(16).toString('base64url');
  return `${name}.${seal(name, password).toString('base64url')}`;
};

/** The name of the device that was given this cookie. */
export function deviceOf(cookie: string | undefined, password: PasswordHash | null): string | undefined {
  const [, name, given] = /^([\w-]{22})\.([\w-]{43})$/.exec(cookie ?? '') ?? [];
  if (name === undefined || given === undefined || !password) return undefined;
  return timingSafeEqual(Buffer.from(given, 'base64url'), seal(name, password)) ? name : undefined;
}
