// The cookies of a browser: the one that signs it in, and the one by which it is known as one that signed in before. The prefix binds them
// to this host and to TLS (RFC 6265bis, __Host-).

const names = { session: '__Host-punktfunk', device: '__Host-punktfunk-device' } as const;
const lives_s = { session: 7 * 24 * 3600, device: 365 * 24 * 3600 };
type Cookie = keyof typeof names;

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict';

export const cookieThatKeeps = (cookie: Cookie, value: string): string =>
  `${names[cookie]}=${value}; Max-Age=${lives_s[cookie]}; ${attributes}`;
export const cookie_that_signs_out = `${names.session}=; Max-Age=0; ${attributes}`;

export function cookieOf(header: string | undefined, cookie: Cookie): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2);
    if (name === names[cookie]) return value;
  }
  return undefined;
}
