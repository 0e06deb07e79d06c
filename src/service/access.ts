// Who may use the API: signing in, tokens, links, and who a request comes from.

import { randomBytes } from 'node:crypto';
import { PunktfunkError } from '../errors.ts';
import type { HostEvents } from '../events.ts';
import type { Logger } from '../log.ts';
import { type Browser, type BrowserSession, BrowserSessions, csrfOf } from '../trust/browser-sessions.ts';
import { type Credentials, type Scope, secretHash, type TokenRecord } from '../trust/credentials.ts';
import { deviceOf, newDevice } from '../trust/known-devices.ts';
import { hashPassword, isPassword } from '../trust/password.ts';
import { isPrivate, type SetUp } from './set-up.ts';
import { SignInLimits, type Trier } from './sign-in-limits.ts';

/** Who asks. */
export interface Caller {
  kind: 'socket' | 'session' | 'token';
  /** The session's or the token's; no secret. */
  id: string;
  /** For people and the audit log. */
  name: string;
  scope: Scope;
  /** Gave the password within the last 10 minutes. The local socket counts so, a token never does. */
  recent: boolean;
  /** Of a session: what its page sends with each change. */
  csrf?: string;
}

/** Who wants to sign in. */
export interface Visitor extends Browser {
  /** The cookie of the session that it has. */
  session?: string | undefined;
  /** The cookie of a device that signed in before. */
  device?: string | undefined;
}

export interface SignedIn {
  cookie: string;
  /** The cookie by which this browser is known from now on; undefined: it has a good one, or there is no password yet. */
  device: string | undefined;
  caller: Caller;
}

interface AccessParts {
  credentials: Credentials;
  set_up: SetUp;
  data_dir: string;
  events: HostEvents;
  log: Logger;
  now?: () => number;
}

const password_length = { least: 8, most: 256 };
const link_life_ms = 60_000;
const max_links = 8;

export class AccessService {
  readonly #credentials: Credentials;
  readonly #set_up: SetUp;
  readonly #sessions: BrowserSessions;
  readonly #limits: SignInLimits;
  readonly #events: HostEvents;
  readonly #now: () => number;
  /** Hashes of links that nobody followed yet, and until when they can be. */
  readonly #links = new Map<string, number>();

  constructor({ credentials, set_up, data_dir, events, log, now = () => performance.now() }: AccessParts) {
    this.#credentials = credentials;
    this.#set_up = set_up;
    const passwordSalt = () => credentials.password?.salt ?? null;
    this.#sessions = new BrowserSessions({ data_dir, log, passwordSalt, now });
    this.#limits = new SignInLimits(now);
    this.#events = events;
    this.#now = now;
  }

  get has_password(): boolean {
    return this.#credentials.password !== null;
  }

  /** Null once there is a password. */
  get set_up_code(): string | null {
    return this.#set_up.code;
  }

  /** Seconds in which a browser at this address may choose the password without the code. */
  firstVisit(address: string): number {
    return isPrivate(address) ? this.#set_up.first_visit_s : 0;
  }

  ofCookie(cookie: string): Caller | undefined {
    const session = this.#sessions.find(cookie);
    return session && this.#callerOf(session, cookie);
  }

  ofToken(secret: string): Caller | undefined {
    const token = this.#credentials.findToken(secret);
    return token && { kind: 'token', id: token.id, name: `token ${token.name}`, scope: token.scope, recent: false };
  }

  /** Once a request: a stream that goes on is no use of what opened it. */
  used({ kind, id }: Caller): void {
    if (kind === 'session') this.#sessions.used(id);
    if (kind === 'token') this.#credentials.usedToken(id);
  }

  /** Throws SIGN_IN_PAUSED, PASSWORD_WRONG. */
  async signIn(password: string, visitor: Visitor): Promise<SignedIn> {
    await this.#requirePassword(password, this.#trierOf(visitor));
    return this.#begin(visitor);
  }

  /** The password once more, for what needs it now. */
  async confirm({ id }: Caller, password: string): Promise<void> {
    await this.#requirePassword(password, { who: `session ${id}`, known: true });
    this.#sessions.passwordGiven(id);
  }

  /** The first password, with the code or without. Throws PASSWORD_CHOSEN, PASSWORD_UNSUITABLE, SET_UP_CODE_WRONG, SIGN_IN_PAUSED. */
  async setUp(password: string, code: string | undefined, visitor: Visitor): Promise<SignedIn> {
    if (this.has_password) throw new PunktfunkError('PASSWORD_CHOSEN');
    requireSuitable(password);
    const trier = this.#trierOf(visitor);
    this.#limits.begin(trier); // on a first visit too: each try costs a hash
    if (this.firstVisit(visitor.address) === 0 && !this.#set_up.isCode(code ?? ''))
      throw new PunktfunkError('SET_UP_CODE_WRONG');
    const hash = await hashPassword(password);
    if (this.has_password) throw new PunktfunkError('PASSWORD_CHOSEN'); // by somebody who was quicker
    this.#credentials.setPassword(hash);
    this.#limits.succeeded(trier);
    return this.#begin(visitor);
  }

  /** Ends every other session. The cookie by which this browser is known from now on. */
  async changePassword(caller: Caller, password: string): Promise<string> {
    requireSuitable(password);
    const before = this.#credentials.password;
    const hash = await hashPassword(password);
    if (this.#credentials.password !== before) throw new PunktfunkError('SIGN_IN_NEEDED'); // somebody else's change ended this session
    this.#credentials.setPassword(hash);
    this.#sessions.endOthers(caller.id);
    this.#changed('browsers');
    return newDevice(hash);
  }

  /** A secret that signs one browser in, within a minute. */
  makeLink(): { secret: string; expires_s: number } {
    const now = this.#now();
    for (const [hash, until] of this.#links)
      if (until <= now || this.#links.size >= max_links) this.#links.delete(hash);
    const secret = randomBytes(32).toString('base64url');
    this.#links.set(secretHash(secret), now + link_life_ms);
    return { secret, expires_s: link_life_ms / 1000 };
  }

  /** Whoever made the link sits at the machine, which counts as the password. Throws LINK_VOID, SIGN_IN_PAUSED. */
  followLink(secret: string, visitor: Visitor): SignedIn {
    const hash = secretHash(secret);
    const until = this.#links.get(hash) ?? 0;
    this.#links.delete(hash);
    if (until <= this.#now()) {
      this.#limits.begin(this.#trierOf(visitor));
      throw new PunktfunkError('LINK_VOID');
    }
    return this.#begin(visitor);
  }

  /** Those that are signed in, the newest first. */
  browsers(): readonly BrowserSession[] {
    return this.#sessions.list();
  }

  /** Signs one out. Throws BROWSER_UNKNOWN, DATA_NOT_WRITTEN. */
  endBrowser(id: string): BrowserSession {
    const ended = this.#sessions.end(id);
    this.#changed('browsers');
    return ended;
  }

  tokens(): readonly TokenRecord[] {
    return this.#credentials.tokens();
  }

  createToken(name: string, scope: Scope, days: number | undefined): { token: TokenRecord; secret: string } {
    const expires_at = days === undefined ? undefined : new Date(Date.now() + days * 86_400_000);
    const made = this.#credentials.addToken(name, scope, expires_at);
    this.#changed('tokens');
    return made;
  }

  revokeToken(id: string): TokenRecord {
    const revoked = this.#credentials.removeToken(id);
    this.#changed('tokens');
    return revoked;
  }

  /** What is not in its files yet. */
  close(): void {
    this.#sessions.close();
    this.#credentials.close();
  }

  #trierOf({ address, device }: Visitor): Trier {
    const name = deviceOf(device, this.#credentials.password);
    return name === undefined ? { who: address, known: false } : { who: `device ${name}`, known: true };
  }

  async #requirePassword(password: string, trier: Trier): Promise<void> {
    this.#limits.begin(trier);
    const known = this.#credentials.password;
    const fits = known && password.length <= password_length.most && (await isPassword(password, known));
    if (!fits || this.#credentials.password !== known)
      // changed meanwhile, which ended every other session
      throw new PunktfunkError('PASSWORD_WRONG');
    this.#limits.succeeded(trier);
  }

  /** Whoever signs in has shown the password, or sits at the machine, which counts as it. */
  #begin(visitor: Visitor): SignedIn {
    const { password } = this.#credentials;
    const is_known = deviceOf(visitor.device, password) !== undefined;
    const { cookie, session } = this.#sessions.begin(visitor, visitor.session);
    this.#changed('browsers');
    return {
      cookie,
      device: password && !is_known ? newDevice(password) : undefined,
      caller: this.#callerOf(session, cookie),
    };
  }

  #changed(of: 'browsers' | 'tokens'): void {
    this.#events.tell({ type: 'list', step: 'changed', of });
  }

  #callerOf(session: BrowserSession, cookie: string): Caller {
    const { id } = session;
    const recent = this.#sessions.isRecent(session);
    return { kind: 'session', id, name: `browser ${id}`, scope: 'admin', recent, csrf: csrfOf(cookie) };
  }
}

function requireSuitable(password: string): void {
  if (password.length < password_length.least || password.length > password_length.most)
    throw new PunktfunkError('PASSWORD_UNSUITABLE');
}
