// The recordings that are there: found, told, read, removed; bounded in number, size and age.

import type { ReadStream, Stats } from 'node:fs';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { NamedSession, StreamedVideo } from '../events.ts';
import { openPlainHandle } from '../plain-file.ts';
import { type Recording, readEnds, readRecording } from './file.ts';
import { Figures, figuresOf, RecordedSecond, thinned } from './format.ts';

export const library_limits = {
  count: 200,
  bytes: 100 << 20,
  age_ms: 30 * 24 * 3_600_000,
};

const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const id_form = /^\d{8}T\d{6}Z-[0-9a-f]{12}$/;

const entry = {
  id: Type.String(),
  /**
   * running: its stream is on; whole: it has its end; cut: the host ended, or its disk was full, before that; damaged: no recording can be
   * read in it.
   */
  state: Type.Enum(['running', 'whole', 'cut', 'damaged']),
  size_bytes: Type.Integer({ minimum: 0 }),
  started_at: Nullable(Type.String()),
  session: Nullable(NamedSession),
  video: Nullable(StreamedVideo),
  /** Why the stream ended; null where that is not known. */
  reason: Nullable(Type.String()),
  figures: Nullable(Figures),
};
export const RecordingEntry = Type.Object(entry, { title: 'Recording' });
export type RecordingEntry = Static<typeof RecordingEntry>;

/** Seconds that a page can draw. */
const max_drawn = 1_200;

export const RecordingDetail = Type.Object(
  {
    ...entry,
    seconds: Type.Array(RecordedSecond, { description: `At most ${max_drawn}: of a long one several are one.` }),
  },
  { title: 'RecordingDetail' },
);
export type RecordingDetail = Static<typeof RecordingDetail>;

export interface LibraryOptions {
  directory: string;
  /** Whether the stream with this id is being recorded. */
  isRunning: (session_id: string) => boolean;
  /** Recordings are gone. */
  onRemoved: () => void;
  limits?: typeof library_limits;
}

interface Told {
  size: number;
  mtimeMs: number;
  entry: RecordingEntry;
}

export class Library {
  readonly #options: LibraryOptions;
  readonly #limits: typeof library_limits;
  /** What was said of recordings whose stream is over: nobody writes to their files any more, which are told by their size and time. */
  #told = new Map<string, Told>();

  constructor(options: LibraryOptions) {
    this.#options = options;
    this.#limits = options.limits ?? library_limits;
  }

  /** Where a new one goes. Throws the file system's errors. */
  async pathFor({ id }: NamedSession, started_at: Date): Promise<string> {
    await mkdir(this.#options.directory, { recursive: true, mode: 0o700 });
    const moment = started_at.toISOString().replace(/[-:]|\.\d+/g, '');
    return this.#pathOf(`${moment}-${id}`);
  }

  /** The newest first. */
  async list(): Promise<RecordingEntry[]> {
    const told = new Map<string, Told>();
    const entries: RecordingEntry[] = [];
    for (const id of await this.#ids()) {
      const found = await this.#stat(id);
      if (!found) continue;
      const { size, mtimeMs } = found;
      const before = this.#told.get(id);
      const entry = before?.size === size && before.mtimeMs === mtimeMs ? before.entry : await this.#summary(id);
      if (!entry) continue;
      entries.push(entry);
      if (entry.state !== 'running') told.set(id, { size, mtimeMs, entry });
    }
    this.#told = told;
    return entries;
  }

  /** Undefined: it was removed meanwhile. */
  async #summary(id: string): Promise<RecordingEntry | undefined> {
    const found = await this.#find(id, async (path) => {
      const ends = await readEnds(path);
      return ends.tail || this.#isRunning(id) ? ends : readRecording(path); // what has no end is added up
    });
    return found?.entry;
  }

  /** Throws RECORDING_UNKNOWN. */
  async read(id: string): Promise<RecordingDetail> {
    this.#check(id);
    const found = await this.#find(id, readRecording);
    if (!found) throw new PunktfunkError('RECORDING_UNKNOWN', { id });
    return { ...found.entry, seconds: thinned(found.seconds, max_drawn) };
  }

  /** Its bytes as they are. Throws RECORDING_UNKNOWN. */
  async file(id: string): Promise<ReadStream> {
    this.#check(id);
    const file = await openPlainHandle(this.#pathOf(id)).catch(() => {
      throw new PunktfunkError('RECORDING_UNKNOWN', { id });
    });
    return file.createReadStream();
  }

  /** Throws RECORDING_UNKNOWN, RECORDING_RUNNING, DATA_NOT_WRITTEN. */
  async remove(id: string): Promise<void> {
    this.#check(id);
    if (this.#isRunning(id)) throw new PunktfunkError('RECORDING_RUNNING', { id });
    if (!(await this.#stat(id))) throw new PunktfunkError('RECORDING_UNKNOWN', { id });
    const path = this.#pathOf(id);
    try {
      await rm(path, { force: true });
    } catch (error) {
      throw new PunktfunkError('DATA_NOT_WRITTEN', { file: path, reason: reasonOf(error) }, { cause: error });
    }
    this.#options.onRemoved();
  }

  /** Removes what is too old or too much, the oldest first. */
  async tidy(now = Date.now()): Promise<void> {
    let count = 0;
    let bytes = 0;
    let removed = false;
    for (const id of await this.#ids()) {
      const found = await this.#stat(id);
      if (!found) continue;
      count += 1;
      bytes += found.size;
      const { count: most, bytes: full, age_ms } = this.#limits;
      const kept = count <= most && bytes <= full && now - found.mtimeMs <= age_ms;
      if (kept || this.#isRunning(id)) continue;
      await rm(this.#pathOf(id), { force: true });
      removed = true;
    }
    if (removed) this.#options.onRemoved();
  }

  /** The newest first. */
  async #ids(): Promise<string[]> {
    const names = await readdir(this.#options.directory).catch(() => []);
    return names
      .flatMap((name) => {
        const id = name.replace(/\.ndjson$/, '');
        return id !== name && id_form.test(id) ? [id] : [];
      })
      .sort()
      .reverse();
  }

  /** Undefined: there is none. A link, a pipe or a folder is none by whatever name: it is not followed, waited for or removed. */
  async #stat(id: string): Promise<Stats | undefined> {
    const found = await lstat(this.#pathOf(id)).catch(() => undefined);
    return found?.isFile() ? found : undefined;
  }

  #pathOf(id: string): string {
    return join(this.#options.directory, `${id}.ndjson`);
  }

  /** What is no name of ours leads to no file. */
  #check(id: string): void {
    if (!id_form.test(id)) throw new PunktfunkError('RECORDING_UNKNOWN', { id: id.slice(0, 64) });
  }

  #isRunning(id: string): boolean {
    return this.#options.isRunning(id.slice(id.indexOf('-') + 1));
  }

  /** Undefined: it was removed meanwhile. */
  async #find(
    id: string,
    read: (path: string) => Promise<Pick<Recording, 'head' | 'tail'> & Partial<Recording>>,
  ): Promise<{ entry: RecordingEntry; seconds: RecordedSecond[] } | undefined> {
    const size_bytes = (await this.#stat(id))?.size;
    if (size_bytes === undefined) return undefined;
    try {
      const { head, tail, seconds = [], bad_lines = 0 } = await read(this.#pathOf(id));
      if (head) {
        const { started_at, session, video } = head;
        const state = this.#isRunning(id) ? 'running' : bad_lines > 0 ? 'damaged' : tail ? 'whole' : 'cut';
        const figures = tail?.figures ?? (seconds.length > 0 ? figuresOf(seconds, seconds.at(-1)?.at_s ?? 0) : null);
        const reason = tail?.reason ?? null;
        return { entry: { id, state, size_bytes, started_at, session, video, reason, figures }, seconds };
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    }
    const nothing = { started_at: null, session: null, video: null, reason: null, figures: null };
    return { entry: { id, state: 'damaged', size_bytes, ...nothing }, seconds: [] };
  }
}
