// The first visit: who may choose the console's password while there is none. A code that the terminal, the log and the local socket tell;
// and, where `first_visit_minutes` says so, any browser of the local network within that time after the very first boot.

import { randomInt, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Credentials } from '../trust/credentials.ts';

/** Without what is taken for another: 40 bits in eight of these. */
const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** This boot of the machine; undefined where the kernel does not tell. */
interface Boot {
  boot_id: string;
  uptime_s: number;
}

const thisBoot = (): Boot | undefined => {
  try {
    return {
      boot_id: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      uptime_s: uptime(),
    };
  } catch {
    return undefined;
  }
};

/** It is over, and no boot is it. */
const no_boot: Boot = { boot_id: '', uptime_s: 0 };

interface SetUpParts {
  credentials: Credentials;
  first_visit_minutes: number;
  /** Somebody is here: an upgrade that brings the setting opens no machine that is in use. */
  isInUse: () => boolean;
  boot?: () => Boot | undefined;
}

export class SetUp {
  readonly #credentials: Credentials;
  readonly #boot: () => Boot | undefined;
  readonly #isInUse: () => boolean;
  readonly #minutes: number;
  readonly #code = Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('');

  constructor({ credentials, first_visit_minutes, isInUse, boot = thisBoot }: SetUpParts) {
    this.#credentials = credentials;
    this.#boot = boot;
    this.#isInUse = isInUse;
    this.#minutes = first_visit_minutes;
    const now = boot();
    // By the boot and not by the clock, which may jump by years at a first boot.
    if (first_visit_minutes === 0 || !now || credentials.first_boot) return;
    try {
      credentials.noteFirstBoot(isInUse() ? no_boot : now);
    } catch {
      // a full disk: nothing is open then, and the next start tries again
    }
  }

  /** Somebody came: the first visit is over, also when he is gone again. Throws DATA_NOT_WRITTEN. */
  endFirstVisit(): void {
    if (this.#credentials.first_boot?.boot_id) this.#credentials.noteFirstBoot(no_boot);
  }

  /** The code, as people read it; null once there is a password. */
  get code(): string | null {
    return this.#credentials.password ? null : `${this.#code.slice(0, 4)}-${this.#code.slice(4)}`;
  }

  /** Seconds in which a browser of the local network may still choose the password without the code. */
  get first_visit_s(): number {
    const { first_boot, password } = this.#credentials;
    const now = this.#boot();
    if (password || this.#isInUse() || !first_boot || !now || first_boot.boot_id !== now.boot_id) return 0;
    return Math.max(0, Math.round(first_boot.uptime_s + this.#minutes * 60 - now.uptime_s));
  }

  isCode(given: string): boolean {
    const typed = Buffer.from(given.toUpperCase().replaceAll(/[^0-9A-Z]/g, ''));
    const code = Buffer.from(this.#code);
    return this.code !== null && typed.length === code.length && timingSafeEqual(typed, code);
  }
}

/** Of a network at home (RFC 1918), of the link (RFC 3927), or of this machine. */
export const isPrivate = (address: string): boolean =>
  /^(?:10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(address);
