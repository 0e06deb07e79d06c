// What streams changed of a desktop that is somebody's own, kept where it outlives a host that is killed: the next one puts it back.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/schema';
import { writeFileAtomically } from '../files.ts';

const max_entries = 64;

const Mode = Type.Object({ width: Type.Integer(), height: Type.Integer(), refresh_mhz: Type.Integer() });
const Entry = Type.Object({
  output: Type.String({ maxLength: 128 }),
  /** The mode before a stream; null: there was no such output. */
  before: Type.Union([Mode, Type.Null()]),
  /** What we set: whoever changed the mode since then shall keep his. */
  during: Mode,
});
export type Entry = Static<typeof Entry>;
const Note = Type.Object({
  version: Type.Literal(2),
  /** Which run of which compositor: another one has outputs of its own. */
  compositor: Type.String({ maxLength: 4096 }),
  outputs: Type.Array(Entry, { maxItems: max_entries }),
});

export class DesktopNote {
  readonly #path: string;
  readonly #compositor: string;

  constructor(data_dir: string, compositor: string) {
    this.#path = join(data_dir, 'mode-before-stream.json');
    this.#compositor = compositor;
  }

  /** Empty when there is none of this compositor, or none that makes sense. */
  read(): Entry[] {
    try {
      const note: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      return Check(Note, note) && note.compositor === this.#compositor ? note.outputs : [];
    } catch {
      return [];
    }
  }

  /** In place of what it says of this output. */
  keep(entry: Entry): void {
    this.#write([...this.read().filter(({ output }) => output !== entry.output), entry]);
  }

  forget(output: string): void {
    this.#write(this.read().filter((entry) => entry.output !== output));
  }

  clear(): void {
    rmSync(this.#path, { force: true });
  }

  #write(outputs: Entry[]): void {
    const note = { version: 2, compositor: this.#compositor, outputs };
    if (outputs.length === 0) this.clear();
    else writeFileAtomically(this.#path, `${JSON.stringify(note)}\n`);
  }
}
