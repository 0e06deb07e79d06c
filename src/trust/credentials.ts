// Who may use the API besides the local socket: the administrator's password and the tokens of scripts, as hashes in one file.

import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { PunktfunkError } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import type { Logger } from '../log.ts';
import { data_version, Moment, readDataFile } from './data-file.ts';
import { PasswordHash } from './password.ts';
import { Seldom } from './seldom.ts';

export const scopes = ['read', 'operate', 'admin'] as const;
export type Scope = (typeof scopes)[number];

const max_tokens = 64;
export const max_token_name_length = 64;
/** A token begins so: secret scanners find it, and people know what it is. */
const token_prefix = 'pft_';
/** So much older the file may be about when tokens were used last. */
const use_written_after_ms = 15 * 60_000;

const nullable = Type.Union([Moment, Type.Null()]);

const TokenRecord = Type.Object(
  {
    id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
    name: Type.String({ minLength: 1, maxLength: max_token_name_length }),
    scope: Type.Enum([...scopes]),
    hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    created_at: Moment,
    expires_at: nullable,
    last_used_at: nullable,
  },
  { additionalProperties: false },
);
export type TokenRecord = Static<typeof TokenRecord>;

/** The boot in which a host with `first_visit_minutes` ran first, and how long the machine had been up. */
const FirstBoot = Type.Object({ boot_id: Type.String({ maxLength: 64 }), uptime_s: Type.Number() });

const CredentialsFile = Type.Object(
  {
    version: Type.Literal(data_version),
    password: Type.Union([PasswordHash, Type.Null()]),
    tokens: Type.Array(TokenRecord, { maxItems: max_tokens }),
    first_boot: Type.Union([FirstBoot, Type.Null()]),
  },
  { additionalProperties: false },
);
type Contents = Static<typeof CredentialsFile>;

/** Of secrets with 256 random bits: nothing slower is needed, and equality of hashes tells nobody a part of them. */
export const secretHash = (secret: string): string => createHash('sha256').update(secret).digest('hex');

export class Credentials {
  readonly #path: string;
  readonly #uses: Seldom;
  #contents: Contents;

  private constructor(path: string, contents: Contents, log: Logger) {
    this.#path = path;
    this.#contents = contents;
    this.#uses = new Seldom({
      write: () => this.#save(this.#contents),
      after_ms: use_written_after_ms,
      log,
      event: 'token_use_not_written',
    });
  }

  /** Throws DATA_DAMAGED for a file that is not whole; a missing one is nobody's. */
  static open(data_dir: string, log: Logger): Credentials {
    const path = join(data_dir, 'console.json');
    const consequence = 'the console has no password then, and every token is void';
    const contents = readDataFile(path, CredentialsFile, 'the password and tokens of the console', { consequence });
    const nothing = { version: data_version, password: null, tokens: [], first_boot: null } as const;
    return new Credentials(path, contents ?? { ...nothing, tokens: [] }, log);
  }

  get password(): PasswordHash | null {
    return this.#contents.password;
  }

  setPassword(password: PasswordHash): void {
    this.#save({ ...this.#contents, password });
  }

  get first_boot(): Contents['first_boot'] {
    return this.#contents.first_boot;
  }

  noteFirstBoot(first_boot: Static<typeof FirstBoot>): void {
    this.#save({ ...this.#contents, first_boot });
  }

  tokens(): readonly TokenRecord[] {
    return this.#contents.tokens;
  }

  /** The secret is told here and never again. */
  addToken(name: string, scope: Scope, expires_at: Date | undefined): { token: TokenRecord; secret: string } {
    if (this.#contents.tokens.length >= max_tokens)
      throw new PunktfunkError('FULL', { file: this.#path, count: max_tokens, what: 'tokens' });
    const secret = token_prefix + randomBytes(32).toString('base64url');
    const token: TokenRecord = {
      id: randomBytes(4).toString('hex'),
      name,
      scope,
      hash: secretHash(secret),
      created_at: new Date().toISOString(),
      expires_at: expires_at?.toISOString() ?? null,
      last_used_at: null,
    };
    this.#save({ ...this.#contents, tokens: [...this.#contents.tokens, token] });
    return { token, secret };
  }

  /** Throws TOKEN_UNKNOWN. */
  removeToken(id: string): TokenRecord {
    const token = this.#contents.tokens.find((candidate) => candidate.id === id);
    if (!token) throw new PunktfunkError('TOKEN_UNKNOWN', { id });
    this.#save({ ...this.#contents, tokens: this.#contents.tokens.filter((other) => other !== token) });
    return token;
  }

  /** The token with this secret that is still good. That it was looked for is no use of it. */
  findToken(secret: string): TokenRecord | undefined {
    const hash = secretHash(secret);
    const token = this.#contents.tokens.find((candidate) => candidate.hash === hash);
    const is_good = token && (token.expires_at === null || Date.now() < Date.parse(token.expires_at));
    return is_good ? token : undefined;
  }

  /** Noted in memory, and in the file now and then: a full disk takes nobody his token. */
  usedToken(id: string): void {
    const last_used_at = new Date().toISOString();
    const tokens = this.#contents.tokens.map((token) => (token.id === id ? { ...token, last_used_at } : token));
    this.#contents = { ...this.#contents, tokens };
    this.#uses.changed();
  }

  /** What the file does not hold yet. */
  close(): void {
    this.#uses.write();
  }

  /** The file first: what memory says is never ahead of what a restart would find. */
  #save(contents: Contents): void {
    writeFileAtomically(this.#path, `${JSON.stringify(contents, null, 2)}\n`);
    this.#contents = contents;
  }
}
