// Keeps the host announced: when the network or the port for it comes later, when the machine gets another name, when something else goes
// wrong for a while. What it says of itself was asked of the network (ask.ts).

import { createSocket } from 'node:dgram';
import { reasonOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isFound } from './ask.ts';
import { type Announcement, announce } from './mdns.ts';

export const announcer_limits = {
  /** Between two looks at a host that is announced. */
  check_ms: 60_000,
  /** Between two tries while it is not; doubled each time, up to check_ms. */
  retry_ms: 5_000,
  /** Between two looks at the machine's name and addresses. */
  watch_ms: 5_000,
  /** For the network to answer. */
  answer_ms: 3_000,
};

export interface AnnouncerOptions {
  /** The host's name now. */
  name: () => string;
  port: number;
  /** Limits the announcement to one address of this machine; undefined: all. */
  address: string | undefined;
  /** This machine's addresses that others can reach, now. */
  addresses: () => readonly string[];
  log: Logger;
  limits?: typeof announcer_limits;
}

export interface Announcer {
  /** A question to the network was answered, and nothing has changed since. */
  readonly announced: boolean;
  /** Tells the network that the host is gone. */
  close(): Promise<void>;
}

export function keepAnnounced(options: AnnouncerOptions): Announcer {
  return new Keeper(options);
}

/** What an announcement depends on. */
interface Facts {
  name: string;
  addresses: string;
}

class Keeper implements Announcer {
  readonly #options: AnnouncerOptions;
  readonly #limits: typeof announcer_limits;
  #announcement: Announcement | undefined;
  /** What was looked at last. */
  #seen: Facts = { name: '', addresses: '' };
  #found = false;
  /** What was said last; null: nothing yet. */
  #said: string | undefined | null = null;
  #retry_ms: number;
  #due_at = 0;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #look: Promise<void>;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? announcer_limits;
    this.#retry_ms = this.#limits.retry_ms;
    this.#look = this.#next();
  }

  get announced(): boolean {
    return this.#found && !this.#hasChanged();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#look;
    await this.#drop();
  }

  #facts(): Facts {
    return { name: this.#options.name(), addresses: this.#options.addresses().join(' ') };
  }

  #hasChanged(): boolean {
    const { name, addresses } = this.#facts();
    return name !== this.#seen.name || addresses !== this.#seen.addresses;
  }

  /** Looks when it is time or something changed, then waits. */
  async #next(): Promise<void> {
    if (performance.now() >= this.#due_at || this.#hasChanged()) {
      const failure = await this.#announceAndAsk().catch(reasonOf);
      this.#found = failure === undefined;
      this.#say(failure);
      this.#retry_ms = this.#found ? this.#limits.retry_ms : Math.min(this.#retry_ms * 2, this.#limits.check_ms);
      this.#due_at = performance.now() + (this.#found ? this.#limits.check_ms : this.#retry_ms);
    }
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#look = this.#next();
    }, this.#limits.watch_ms);
  }

  /** Undefined when the network answers with this host; else why not. */
  async #announceAndAsk(): Promise<string | undefined> {
    const { port, address, addresses, log } = this.#options;
    const facts = this.#facts();
    // A name that changed is announced anew; addresses that changed the library follows by itself.
    if (facts.name !== this.#seen.name) await this.#drop();
    this.#seen = facts;
    const [first] = addresses();
    if (first === undefined) return 'this machine has no network';
    if (!this.#announcement) {
      const taken = await portTaken();
      if (taken) return taken;
      this.#announcement = await announce(facts.name, port, address, log);
    }
    if (this.#closed || (await isFound(this.#announcement.name, first, this.#limits.answer_ms))) return undefined;
    await this.#drop();
    return 'no answer comes to a question for it (UDP 5353)';
  }

  async #drop(): Promise<void> {
    const announcement = this.#announcement;
    this.#announcement = undefined;
    await announcement?.close();
  }

  /** Each change is said once. */
  #say(failure: string | undefined): void {
    if (this.#closed || this.#said === failure) return;
    this.#said = failure;
    const { log } = this.#options;
    if (failure === undefined) log.info({ event: 'announced' }, 'This host is announced on the network.');
    else
      log.warn(
        { event: 'not_announced', reason: failure },
        `This host is not announced on the network: ${failure}. It tries again; clients can be given its address.`,
      );
  }
}

/** A program that shares UDP 5353 with nobody keeps every other responder out. Undefined when the port can be shared. */
function portTaken(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    socket.once('error', (error) => resolve(`another program keeps UDP 5353 for itself (${reasonOf(error)})`));
    socket.bind(5353, () => socket.close(() => resolve(undefined)));
  });
}
