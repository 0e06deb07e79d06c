// The cookies of a browser: the one that signs it in, and the one by which it is known as one that signed in before. The prefix binds them
// to this host's name and to TLS (RFC 6265bis, __Host-). Cookies know no ports (RFC 6265, 8.5): the host's id in their names keeps apart
// several hosts behind one address.

const lives_s = { session: 7 * 24 * 3600, device: 365 * 24 * 3600 };
type Cookie = keyof typeof lives_s;

const attributes = 'Path=/; Secure; HttpOnly; SameSite=Strict';

export class Cookies {
  readonly #names: Readonly<Record<Cookie, string>>;

  /** `unique_id`: the host's, which anybody may know. */
  constructor(unique_id: string) {
    const name = `__Host-punktfunk-${unique_id.slice(0, 8).toLowerCase()}`;
    this.#names = { session: name, device: `${name}-device` };
  }

  keep(cookie: Cookie, value: string): string {
    return `${this.#names[cookie]}=${value}; Max-Age=${lives_s[cookie]}; ${attributes}`;
  }

  signOut(): string {
    return `${this.#names.session}=; Max-Age=0; ${attributes}`;
  }

  /** In the header of a request. */
  find(header: string | undefined, cookie: Cookie): string | undefined {
    for (const part of (header ?? '').split(';')) {
      const [name, value] = part.trim().split('=', 2);
      if (name === this.#names[cookie]) return value;
    }
    return undefined;
  }
}
