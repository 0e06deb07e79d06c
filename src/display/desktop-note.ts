// What a stream changed of a desktop that is somebody's own, kept where it outlives a host that is killed: the next one puts it back.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/schema';
import { writeFileAtomically } from '../files.ts';
import { readPlainFile } from '../plain-file.ts';

const max_note_bytes = 64 * 1024;

const Mode = Type.Object({ width: Type.Integer(), height: Type.Integer(), refresh_mhz: Type.Integer() });
const Note = Type.Object({
  version: Type.Literal(1),
  /** Which run of which compositor: another one has modes of its own. */
  compositor: Type.String({ maxLength: 4096 }),
  output: Type.String({ maxLength: 128 }),
  /** The mode before a stream. */
  before: Mode,
  /** What we set: whoever changed the mode since then shall keep his. */
  during: Mode,
});
type Note = Static<typeof Note>;

export class DesktopNote {
  readonly #path: string;
  readonly #compositor: string;

  constructor(data_dir: string, compositor: string) {
    this.#path = join(data_dir, 'mode-before-stream.json');
    this.#compositor = compositor;
  }

  /** Undefined when there is none of this compositor, or none that makes sense. */
  read(): Note | undefined {
    try {
      const note: unknown = JSON.parse(readPlainFile(this.#path, { max_bytes: max_note_bytes }).toString());
      return Check(Note, note) && note.compositor === this.#compositor ? note : undefined;
    } catch {
      return undefined;
    }
  }

  write(note: Pick<Note, 'output' | 'before' | 'during'>): void {
    writeFileAtomically(this.#path, `${JSON.stringify({ version: 1, compositor: this.#compositor, ...note })}\n`);
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
