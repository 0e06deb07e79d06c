// When each client was seen last: in a file of its own, which nothing depends on, and which is written seldom.

import { join } from 'node:path';
import { Type } from 'typebox';
import { reasonOf } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import type { Logger } from '../log.ts';
import { readDataFile } from './data-file.ts';
import { Seldom } from './seldom.ts';

/** A client asks every few seconds; so much older the file may be. */
const write_after_ms = 3_600_000;

const LastSeenFile = Type.Object({
  version: Type.Literal(1),
  /** By the id of the client. */
  seen: Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 32 }), { maxProperties: 1024 }),
});

export class LastSeen {
  readonly #path: string;
  readonly #seen: Map<string, string>;
  readonly #file: Seldom;

  /** What cannot be read is begun anew. */
  constructor(data_dir: string, log: Logger) {
    this.#path = join(data_dir, 'last-seen.json');
    this.#file = new Seldom({
      write: () => this.#save(),
      after_ms: write_after_ms,
      log,
      event: 'last_seen_not_written',
    });
    let kept: Record<string, string> = {};
    try {
      kept =
        readDataFile(this.#path, LastSeenFile, 'when clients were seen', { consequence: 'it is noted anew' })?.seen ??
        {};
    } catch (error) {
      log.debug({ event: 'last_seen_unread' }, reasonOf(error));
    }
    this.#seen = new Map(Object.entries(kept));
  }

  /** ISO 8601; undefined: not since this is noted. */
  of(client_id: string): string | undefined {
    return this.#seen.get(client_id);
  }

  saw(client_id: string): void {
    this.#seen.set(client_id, new Date().toISOString());
    this.#file.changed();
  }

  forget(client_id: string): void {
    if (this.#seen.delete(client_id)) this.#file.changed();
  }

  /** What the file does not hold yet. */
  write(): void {
    this.#file.write();
  }

  #save(): void {
    writeFileAtomically(this.#path, `${JSON.stringify({ version: 1, seen: Object.fromEntries(this.#seen) })}\n`);
  }
}
