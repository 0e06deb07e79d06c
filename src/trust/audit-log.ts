// Who changed what through the API, and how it went: lines of JSON in the data directory, the oldest of which go when they are many.

import { lstatSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/schema';
import { reasonOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { appendToPlainFile, readPlainFile } from '../plain-file.ts';
import { plainText } from '../plain-text.ts';

const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const text = Type.String({ maxLength: 1024 });

export const AuditEntry = Type.Object(
  {
    time: Type.String({ format: 'date-time' }),
    who: Nullable(
      Type.Object({ kind: Type.Enum(['socket', 'session', 'token']), id: text, name: text }),
      // Null: nobody who is signed in.
    ),
    address: Nullable(text),
    route: Type.String({ maxLength: 200, description: 'method and path, as in this document' }),
    did: Type.String({ maxLength: 400, description: 'the same in words' }),
    what: Type.String({ maxLength: 1024, description: 'of which client, application, token…; never a secret' }),
    outcome: Type.String({ maxLength: 64, description: '"done", or the code of the error' }),
    times: Type.Integer({ minimum: 1, description: 'so often within a minute, since the line before' }),
  },
  { title: 'AuditEntry', description: 'A change that was asked for. Control characters in it are written as \\u{…}.' },
);
export type AuditEntry = Static<typeof AuditEntry>;
export type Change = Omit<AuditEntry, 'time' | 'times'>;

const limits = {
  /** Of the file; with it the one before is kept. */
  file_bytes: 512 * 1024,
  /** What is the same again within it is counted and makes one line. */
  repeated_ms: 60_000,
  repeated: 256,
  what_length: 200,
};

interface Repeated {
  change: Change;
  since_ms: number;
  times: number;
}

export class AuditLog {
  readonly #path: string;
  readonly #log: Logger;
  readonly #now: () => number;
  /** What was written a short while ago, and how often it was there since. The oldest first. */
  readonly #repeated = new Map<string, Repeated>();
  /** The file may end in the middle of a line: of a host that was killed, or on a disk that was full. */
  #torn = true;
  #fails = false;

  constructor(data_dir: string, log: Logger, now: () => number = () => performance.now()) {
    this.#path = join(data_dir, 'audit.ndjson');
    this.#log = log;
    this.#now = now;
  }

  /** A file that cannot be written is told, and stops nothing. */
  add(given: Change): void {
    const now_ms = this.#now();
    for (const [key, { since_ms }] of this.#repeated)
      if (now_ms - since_ms >= limits.repeated_ms || this.#repeated.size >= limits.repeated) this.#settle(key);
    const change = plain(given);
    const { who, route, outcome, what } = change;
    // Failures can be of anything: whoever tries this and that is counted, too.
    const key = JSON.stringify([who?.kind, who?.id, route, outcome, outcome === 'done' ? what : '']);
    const known = this.#repeated.get(key);
    if (known) {
      known.times++;
      known.change = change;
      return;
    }
    this.#repeated.set(key, { change, since_ms: now_ms, times: 0 });
    this.#write(change, 1);
  }

  /** The newest first. Lines that are none are passed over. */
  latest(count: number): AuditEntry[] {
    this.close();
    const entries: AuditEntry[] = [];
    for (const path of [this.#path, older(this.#path)]) {
      for (const line of linesOf(path).reverse()) {
        if (entries.length >= count) return entries;
        const entry = entryOf(line);
        if (entry) entries.push(entry);
      }
    }
    return entries;
  }

  /** Writes what is only counted yet. */
  close(): void {
    for (const key of [...this.#repeated.keys()]) this.#settle(key);
  }

  #settle(key: string): void {
    const repeated = this.#repeated.get(key);
    this.#repeated.delete(key);
    if (repeated && repeated.times > 0) this.#write(repeated.change, repeated.times);
  }

  #write(change: Change, times: number): void {
    const entry: AuditEntry = { time: new Date().toISOString(), ...change, times };
    try {
      if (sizeOf(this.#path) >= limits.file_bytes) renameSync(this.#path, older(this.#path));
      const line = `${this.#torn ? '\n' : ''}${JSON.stringify(entry)}\n`;
      this.#torn = true;
      appendToPlainFile(this.#path, line);
      this.#torn = false;
      if (this.#fails) this.#log.info({ event: 'audit_written' }, 'Changes are written down again.');
      this.#fails = false;
    } catch (error) {
      if (!this.#fails)
        this.#log.warn(
          { event: 'audit_not_written' },
          `${this.#path} cannot be written: ${reasonOf(error)}. Until then nobody can read who changed what.`,
        );
      this.#fails = true;
    }
  }
}

const older = (path: string): string => `${path}.1`;

const cut = (name: string): string => plainText(name.slice(0, limits.what_length)).slice(0, 4 * limits.what_length);

/** Names come from outside. */
const plain = ({ who, what, ...change }: Change): Change => ({
  ...change,
  who: who && { kind: who.kind, id: who.id, name: cut(who.name) },
  what: cut(what),
});

function sizeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** None of what is no file of ours: whoever writes to it has said so. */
function linesOf(path: string): string[] {
  try {
    return readPlainFile(path, { max_bytes: 2 * limits.file_bytes })
      .toString()
      .split('\n');
  } catch {
    return [];
  }
}

function entryOf(line: string): AuditEntry | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return Check(AuditEntry, entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}
