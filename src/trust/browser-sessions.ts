// Browsers that are signed in: kept here and not in their cookies, so that signing out ends them. Secrets are kept as hashes; the file
// lets a restart of the host sign nobody out.

import { createHmac, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import type { Logger } from '../log.ts';
import { plainText } from '../plain-text.ts';
import { secretHash } from './credentials.ts';
import { data_version, Moment, readDataFile } from './data-file.ts';
import { Seldom } from './seldom.ts';

const session_limits = {
  /** The oldest goes first. */
  sessions: 64,
  idle_ms: 12 * 3_600_000,
  life_ms: 7 * 24 * 3_600_000,
  /** How long a password counts as given just now. */
  recent_ms: 600_000,
  /** So much older the file may be about their last use. */
  use_written_after_ms: 15 * 60_000,
};
const max_agent_length = 200;

const kept = {
  /** For people and the audit log; no secret. */
  id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
  /** From where it signed in. */
  address: Type.String({ maxLength: 64 }),
  /** What it says that it is. */
  agent: Type.String({ maxLength: 8 * max_agent_length }),
  signed_in_at: Moment,
  last_used_at: Moment,
};

const SessionsFile = Type.Object(
  {
    version: Type.Literal(data_version),
    /** Of the password by which these were let in: with another one they are void. */
    password_salt: Type.Union([Type.String({ maxLength: 64 }), Type.Null()]),
    written_at: Moment,
    sessions: Type.Array(
      Type.Object({
        ...kept,
        hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
        // Ages and not moments: a clock that is set back makes nobody younger.
        age_ms: Type.Number({ minimum: 0 }),
        idle_ms: Type.Number({ minimum: 0 }),
      }),
      { maxItems: session_limits.sessions },
    ),
  },
  { additionalProperties: false },
);

const Kept = Type.Object(kept);
export interface BrowserSession extends Static<typeof Kept> {
  began_ms: number;
  used_ms: number;
  /** When the password was given. Of this run of the host alone. */
  password_ms: number | undefined;
}

/** Where a browser is, and what it calls itself. */
export interface Browser {
  address: string;
  agent: string;
}

export interface BrowserSessionsOptions {
  data_dir: string;
  log: Logger;
  /** Of the password that is; null: none yet. */
  passwordSalt: () => string | null;
  now: () => number;
}

/** What a page sends with each change, and no other page can know. */
export const csrfOf = (cookie: string): string => createHmac('sha256', cookie).update('csrf').digest('base64url');

export class BrowserSessions {
  readonly #path: string;
  readonly #options: BrowserSessionsOptions;
  readonly #now: () => number;
  /** By the hash of the cookie, in the order of their beginning. */
  readonly #sessions = new Map<string, BrowserSession>();
  readonly #uses: Seldom;

  /** What cannot be read is begun anew. */
  constructor(options: BrowserSessionsOptions) {
    const { data_dir, log, now } = options;
    this.#path = join(data_dir, 'browser-sessions.json');
    this.#options = options;
    this.#now = now;
    this.#uses = new Seldom({
      write: () => this.#save(),
      after_ms: session_limits.use_written_after_ms,
      log,
      event: 'browser_sessions_not_written',
      now,
    });
    try {
      this.#load();
    } catch (error) {
      log.warn(
        { event: 'browser_sessions_unread', err: error },
        `${reasonOf(error)}. Every browser has to sign in again.`,
      );
    }
  }

  /** The cookie is told here and never again. The one that it takes the place of in this browser opens nothing any more. */
  begin({ address, agent }: Browser, before?: string): { cookie: string; session: BrowserSession } {
    if (before !== undefined) this.#sessions.delete(secretHash(before));
    const cookie = randomBytes(32).toString('base64url');
    const now = this.#now();
    const time = new Date().toISOString();
    const session: BrowserSession = {
      id: randomBytes(4).toString('hex'),
      address,
      agent: plainText(agent.slice(0, max_agent_length)),
      signed_in_at: time,
      last_used_at: time,
      began_ms: now,
      used_ms: now,
      password_ms: now,
    };
    this.#sessions.set(secretHash(cookie), session);
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined && this.#sessions.size > session_limits.sessions) this.#sessions.delete(oldest);
    this.#uses.changed();
    this.#uses.write(); // a full disk keeps nobody out
    return { cookie, session };
  }

  /** The newest first. */
  list(): BrowserSession[] {
    return [...this.#sessions.values()].filter((session) => this.#lives(session)).reverse();
  }

  /** That it was looked for is no use of it. */
  find(cookie: string): BrowserSession | undefined {
    const session = this.#sessions.get(secretHash(cookie));
    return session && this.#lives(session) ? session : undefined;
  }

  used(id: string): void {
    for (const session of this.#sessions.values()) {
      if (session.id !== id) continue;
      session.used_ms = this.#now();
      session.last_used_at = new Date().toISOString();
      this.#uses.changed();
    }
  }

  isRecent({ password_ms }: BrowserSession): boolean {
    return password_ms !== undefined && this.#now() - password_ms < session_limits.recent_ms;
  }

  passwordGiven(id: string): void {
    for (const session of this.#sessions.values()) if (session.id === id) session.password_ms = this.#now();
  }

  /** Throws BROWSER_UNKNOWN, DATA_NOT_WRITTEN. */
  end(id: string): BrowserSession {
    const ended = [...this.#sessions].find(([, session]) => session.id === id);
    if (!ended) throw new PunktfunkError('BROWSER_UNKNOWN', { id });
    this.#sessions.delete(ended[0]);
    this.#save();
    return ended[1];
  }

  /** All but the one with this id, when the password has become another: what the file has of them is void with it. */
  endOthers(id: string): void {
    for (const [hash, session] of this.#sessions) if (session.id !== id) this.#sessions.delete(hash);
    this.#uses.changed();
    this.#uses.write();
  }

  /** The file has the ages of this moment then: what comes after is counted by the clock, which may be another one by then. */
  close(): void {
    if (this.#sessions.size > 0) this.#uses.changed();
    this.#uses.write();
  }

  #lives({ began_ms, used_ms }: BrowserSession): boolean {
    const now = this.#now();
    return now - used_ms <= session_limits.idle_ms && now - began_ms <= session_limits.life_ms;
  }

  #load(): void {
    const consequence = 'every browser has to sign in again';
    const file = readDataFile(this.#path, SessionsFile, 'browsers that are signed in', { consequence });
    if (!file || file.password_salt !== this.#options.passwordSalt()) return;
    const away_ms = Math.max(0, Date.now() - Date.parse(file.written_at));
    for (const { hash, age_ms, idle_ms, ...session } of file.sessions) {
      const began_ms = this.#now() - age_ms - away_ms;
      const used_ms = this.#now() - idle_ms - away_ms;
      this.#sessions.set(hash, { ...session, began_ms, used_ms, password_ms: undefined });
    }
  }

  /** A file that cannot be written goes: who was signed out must not be back after a restart. Throws DATA_NOT_WRITTEN where it stays. */
  #save(): void {
    const { log, passwordSalt } = this.#options;
    try {
      writeFileAtomically(this.#path, `${JSON.stringify(this.#contents(passwordSalt()))}\n`);
    } catch (error) {
      try {
        rmSync(this.#path, { force: true });
      } catch {
        throw error;
      }
      log.warn(
        { event: 'browser_sessions_not_written', err: error },
        `${reasonOf(error)}. After a restart of the host every browser has to sign in again.`,
      );
    }
  }

  #contents(password_salt: string | null): Static<typeof SessionsFile> {
    const now = this.#now();
    const sessions = [...this.#sessions]
      .filter(([, session]) => this.#lives(session))
      .map(([hash, { began_ms, used_ms, password_ms: _, ...session }]) => ({
        ...session,
        hash,
        age_ms: now - began_ms,
        idle_ms: now - used_ms,
      }));
    return { version: data_version, password_salt, written_at: new Date().toISOString(), sessions };
  }
}
