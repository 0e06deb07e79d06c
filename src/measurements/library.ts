// The measurements that are kept, in the data directory: read as outside bytes, since anything may have happened to a file; bounded in
// number and age.

import { mkdirSync, type Stats } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Static, TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { removeUnfinished, writeFileAtomically } from '../files.ts';
import { openPlainHandle, readPlainFileAside } from '../plain-file.ts';
import { readLines } from '../session/lines.ts';
import { figuresOf, Head, type MeasurementDetail, type MeasurementEntry, ReportLine } from './format.ts';

export const library_limits = { count: 20, age_ms: 180 * 24 * 3_600_000 };

/** More than the first line of ours has, than a report of the kit has, and than a page of all of them has. */
const max_head_bytes = 64 << 10;
export const max_report_bytes = 8 << 20;
export const max_page_bytes = 32 << 20;

const id_form = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;

export class MeasurementLibrary {
  readonly #directory: string;
  readonly #limits: typeof library_limits;

  constructor(directory: string, limits = library_limits) {
    this.#directory = directory;
    this.#limits = limits;
  }

  /** What it came to, a report a line as the kit wrote it, and a page of them where there is one. Throws DATA_NOT_WRITTEN. */
  write(id: string, head: Head, reports: readonly string[], page: string | undefined): void {
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new PunktfunkError(
        'DATA_NOT_WRITTEN',
        { file: this.#directory, reason: reasonOf(error) },
        { cause: error },
      );
    }
    writeFileAtomically(this.#pathOf(id), [JSON.stringify(head), ...reports].map((line) => `${line}\n`).join(''));
    if (page !== undefined) writeFileAtomically(this.#pathOf(id, 'html'), page);
  }

  /** The newest first, and no more than are kept: somebody may have put many here. */
  async list(): Promise<MeasurementEntry[]> {
    const entries: MeasurementEntry[] = [];
    for (const id of await this.#ids()) {
      if (entries.length === this.#limits.count) break;
      const entry = await this.#entry(id);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  /** Throws MEASUREMENT_UNKNOWN. */
  async read(id: string): Promise<MeasurementDetail> {
    const entry = id_form.test(id) ? await this.#entry(id) : undefined;
    if (!entry) throw unknown(id);
    const lines = entry.state === 'damaged' ? [] : await reportsIn(this.#pathOf(id));
    return { ...entry, reports: lines.map(figuresOf) };
  }

  /** The bytes of its reports, or of its page. Throws MEASUREMENT_UNKNOWN. */
  async file(id: string, kind: 'ndjson' | 'html'): Promise<Buffer> {
    const most = kind === 'html' ? max_page_bytes : max_head_bytes + 4 * max_report_bytes;
    if (!id_form.test(id)) throw unknown(id);
    return readPlainFileAside(this.#pathOf(id, kind), most).catch(() => {
      throw unknown(id);
    });
  }

  /** Throws MEASUREMENT_UNKNOWN, DATA_NOT_WRITTEN. */
  async remove(id: string): Promise<void> {
    if (!(id_form.test(id) && (await this.#stat(id)))) throw unknown(id);
    try {
      await this.#remove(id);
    } catch (error) {
      throw new PunktfunkError(
        'DATA_NOT_WRITTEN',
        { file: this.#pathOf(id), reason: reasonOf(error) },
        { cause: error },
      );
    }
  }

  /** Removes what is too old or too much, the oldest first, and what a host that was killed had not written whole. */
  async tidy(now = Date.now()): Promise<void> {
    removeUnfinished(this.#directory);
    for (const [index, id] of (await this.#ids()).entries()) {
      const found = await this.#stat(id);
      if (found && (index >= this.#limits.count || now - found.mtimeMs > this.#limits.age_ms)) await this.#remove(id);
    }
  }

  async #remove(id: string): Promise<void> {
    for (const kind of ['html', 'ndjson'] as const)
      if (await this.#stat(id, kind)) await rm(this.#pathOf(id, kind), { force: true });
  }

  async #ids(): Promise<string[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const ids = names.filter((name) => name.endsWith('.ndjson')).map((name) => name.slice(0, -'.ndjson'.length));
    return ids
      .filter((id) => id_form.test(id))
      .sort()
      .reverse();
  }

  /** Undefined: there is none. A link, a pipe or a folder is none by whatever name: it is not followed, waited for or removed. */
  async #stat(id: string, kind: 'ndjson' | 'html' = 'ndjson'): Promise<Stats | undefined> {
    const found = await lstat(this.#pathOf(id, kind)).catch(() => undefined);
    return found?.isFile() ? found : undefined;
  }

  async #entry(id: string): Promise<MeasurementEntry | undefined> {
    const size_bytes = (await this.#stat(id))?.size;
    if (size_bytes === undefined) return undefined;
    const head = await firstLine(this.#pathOf(id));
    const has_page = (await this.#stat(id, 'html')) !== undefined;
    if (head) {
      const { measurement: _, host_version: __, ...summary } = head;
      return { id, ...summary, size_bytes, has_page };
    }
    const nothing = { started_at: null, ended_at: null, reason: '', limits: {}, parts: [] };
    return { id, state: 'damaged', ...nothing, size_bytes, has_page: false };
  }

  #pathOf(id: string, kind: 'ndjson' | 'html' = 'ndjson'): string {
    return join(this.#directory, `${id}.${kind}`);
  }
}

const unknown = (id: string) => new PunktfunkError('MEASUREMENT_UNKNOWN', { id: id.slice(0, 64) });

/** Undefined: it is none of ours, or damaged. What is kept is over, and was at some time. */
async function firstLine(path: string): Promise<Head | undefined> {
  try {
    const file = await openPlainHandle(path);
    try {
      const buffer = Buffer.alloc(max_head_bytes);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      const head = parsed(Head, buffer.toString('utf8', 0, bytesRead).split('\n', 1)[0] ?? '');
      return head?.state === 'running' || Number.isNaN(Date.parse(head?.started_at ?? '')) ? undefined : head;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

/** Those that can be read. */
async function reportsIn(path: string): Promise<ReportLine[]> {
  const found: ReportLine[] = [];
  const file = await openPlainHandle(path).catch(() => undefined);
  if (!file) return found;
  const stream = file.createReadStream({ end: max_head_bytes + 4 * max_report_bytes });
  const closed = new Promise<void>((resolve) => stream.once('close', () => resolve()));
  readLines(stream, max_report_bytes, (line, whole) => {
    const report = whole ? parsed(ReportLine, line) : undefined;
    if (report) found.push(report);
  });
  await closed;
  return found;
}

export function parsed<S extends TSchema>(schema: S, line: string): Static<S> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return Check(schema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}
