// How often a password, code or link may be tried: a pause after failures that grows, by who tries; and a bound over all strangers
// together, which keeps out nobody who signed in before. Its memory is bounded whoever tries.

import { PunktfunkError } from '../errors.ts';

const limits = {
  /** Tries without a pause. */
  free: 4,
  longest_pause_ms: 300_000,
  remembered: 256,
  /** Failures in a minute of all who never signed in. */
  strangers_a_minute: 60,
};

export interface Trier {
  /** An address, or what is known better: the device, the session. */
  who: string;
  /** It signed in before. */
  known: boolean;
}

interface Record {
  failures: number;
  until: number;
}

export class SignInLimits {
  readonly #now: () => number;
  /** The one that failed longest ago first. */
  readonly #records = new Map<string, Record>();
  /** Addresses that signed in since the host started: browsers that keep no cookie of a device, and programs. */
  readonly #known = new Set<string>();
  #strangers = { since: 0, failures: 0 };

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#records.size;
  }

  /** Counts a try as one that fails until `succeeded`: so that many at once are many. Throws SIGN_IN_PAUSED. */
  begin({ who, known }: Trier): void {
    const now = this.#now();
    const { failures = 0, until = 0 } = this.#records.get(who) ?? {};
    if (until > now) throw paused(until - now);
    if (!known && !this.#known.has(who)) {
      if (now - this.#strangers.since > 60_000) this.#strangers = { since: now, failures: 0 };
      if (this.#strangers.failures >= limits.strangers_a_minute) throw paused(this.#strangers.since + 60_000 - now);
      this.#strangers.failures++;
    }
    const pause_ms = failures < limits.free ? 0 : 1000 * 2 ** Math.min(failures - limits.free, 20);
    this.#records.delete(who);
    this.#records.set(who, {
      failures: failures + 1,
      until: now + Math.min(pause_ms, limits.longest_pause_ms),
    });
    forgetOldest(this.#records);
  }

  succeeded({ who, known }: Trier): void {
    this.#records.delete(who);
    if (known) return;
    if (!this.#known.has(who)) this.#strangers.failures--;
    this.#known.delete(who);
    this.#known.add(who);
    forgetOldest(this.#known);
  }
}

const paused = (ms: number) => new PunktfunkError('SIGN_IN_PAUSED', { seconds: Math.ceil(ms / 1000) });

function forgetOldest(kept: Map<string, unknown> | Set<string>): void {
  const [oldest] = kept.keys();
  if (oldest !== undefined && kept.size > limits.remembered) kept.delete(oldest);
}
