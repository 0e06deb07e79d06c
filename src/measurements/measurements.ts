// Measures this machine with the measuring kit, one part after the other, when somebody asks. It takes the cores: while somebody streams it
// does not begin, and who begins to stream ends it.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PunktfunkError, reasonOf, toPunktfunkError } from '../errors.ts';
import type { HostEvents } from '../events.ts';
import type { Logger } from '../log.ts';
import {
  figuresOf,
  type Head,
  KitReport,
  type MeasuredPart,
  type MeasurementDetail,
  type MeasurementEntry,
  type MeasurementLimits,
  OtherReport,
} from './format.ts';
import { runKit } from './kit.ts';
import { type MeasurementLibrary, max_page_bytes, parsed } from './library.ts';
import { harness_main, type PartName, parts } from './parts.ts';

/** From one begin to the next: who begins and cancels in turns keeps the machine busy, too. */
const pause_ms = 10_000;
/** Beside its budget, within which the kit ends by itself. */
const grace_ms = 30_000;
const page_limit_ms = 30_000;

export interface MeasurementsOptions {
  events: HostEvents;
  log: Logger;
  version: string;
  library: MeasurementLibrary;
  /** Who streams at this moment, or asks to. */
  whoStreams: () => string | undefined;
  /** What runs the kit; undefined: the one beside this copy. */
  command?: readonly string[] | undefined;
  pause_ms?: number;
}

interface Current {
  readonly id: string;
  readonly head: Head;
  readonly ending: AbortController;
  /** As they are kept, by part. */
  readonly reports: Map<PartName, { line: string; report: KitReport }>;
  readonly done: Promise<void>;
}

export class Measurements {
  readonly #options: MeasurementsOptions;
  readonly #command: readonly string[];
  readonly #unsubscribe: () => void;
  /** The one that goes on, or the last one where it could not be written. */
  #current: Current | undefined;
  #begun_ms = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: MeasurementsOptions) {
    this.#options = options;
    this.#command = options.command ?? [process.execPath, harness_main];
    this.#unsubscribe = options.events.subscribe((event) => {
      if (event.type === 'session' && event.step === 'launched')
        this.#end(`${event.session.client.name} began to stream`);
    });
  }

  /** A copy without it was installed without its package. */
  get is_installed(): boolean {
    return this.#options.command !== undefined || existsSync(harness_main);
  }

  /** Throws KIT_MISSING, MEASURING_WHILE_STREAMED, MEASUREMENT_RUNNING, MEASURED_TOO_SOON. */
  start(names: readonly PartName[], limits: MeasurementLimits): MeasurementEntry {
    this.#checkMayBegin();
    this.#begun_ms = performance.now();
    const started = new Date();
    const moment = started.toISOString().replace(/[-:]|\.\d+/g, '');
    const head: Head = {
      measurement: 1,
      host_version: this.#options.version,
      started_at: started.toISOString(),
      ended_at: null,
      state: 'running',
      reason: '',
      limits,
      parts: names.map((name) => ({ name, state: 'waiting', detail: '' })),
    };
    const finished = Promise.withResolvers<void>();
    const current: Current = {
      id: `${moment}-${randomBytes(4).toString('hex')}`,
      head,
      ending: new AbortController(),
      reports: new Map(),
      done: finished.promise,
    };
    this.#current = current;
    this.#options.events.tell({ type: 'measurement', step: 'began', id: current.id });
    void this.#measure(current).finally(finished.resolve);
    return entryOf(current);
  }

  #checkMayBegin(): void {
    if (!this.is_installed) throw new PunktfunkError('KIT_MISSING');
    if (this.#closed) throw new PunktfunkError('MEASURING_WHILE_STREAMED', { reason: 'The host is stopping' });
    if (this.#running) throw new PunktfunkError('MEASUREMENT_RUNNING');
    const who = this.#options.whoStreams();
    if (who !== undefined) throw new PunktfunkError('MEASURING_WHILE_STREAMED', { reason: who });
    const left_ms = (this.#options.pause_ms ?? pause_ms) - (performance.now() - this.#begun_ms);
    if (left_ms > 0) throw new PunktfunkError('MEASURED_TOO_SOON', { seconds: Math.ceil(left_ms / 1000) });
  }

  get #running(): Current | undefined {
    return this.#current?.head.state === 'running' ? this.#current : undefined;
  }

  /** Ends the one that goes on, and keeps what there is of it. Resolves when nothing of it runs. Throws MEASUREMENT_UNKNOWN. */
  async cancel(id: string): Promise<MeasurementEntry> {
    const current = this.#running;
    if (current?.id !== id) throw new PunktfunkError('MEASUREMENT_UNKNOWN', { id: id.slice(0, 64) });
    this.#end('It was cancelled');
    await current.done;
    return entryOf(current);
  }

  /** The newest first, the one that goes on among them. */
  async list(): Promise<MeasurementEntry[]> {
    const kept = await this.#options.library.list();
    const current = this.#current;
    return current && !kept.some(({ id }) => id === current.id) ? [entryOf(current), ...kept] : kept;
  }

  /** Throws MEASUREMENT_UNKNOWN. */
  async read(id: string): Promise<MeasurementDetail> {
    const current = this.#current;
    if (current?.id !== id) return this.#options.library.read(id);
    const reports = [...current.reports].map(([part, { report }]) => figuresOf({ part, report }));
    const kept =
      current.head.state === 'running' ? undefined : await this.#options.library.read(id).catch(() => undefined);
    return kept ?? { ...entryOf(current), reports };
  }

  /** The bytes of its reports, or of its page. Throws MEASUREMENT_UNKNOWN. */
  file(id: string, kind: 'ndjson' | 'html'): Promise<Buffer> {
    return this.#options.library.file(id, kind);
  }

  /** Throws MEASUREMENT_UNKNOWN, MEASUREMENT_RUNNING, DATA_NOT_WRITTEN. */
  async remove(id: string): Promise<void> {
    if (this.#running?.id === id) throw new PunktfunkError('MEASUREMENT_RUNNING');
    const is_current = this.#current?.id === id;
    if (is_current) this.#current = undefined;
    await this.#options.library.remove(id).catch((error: unknown) => {
      if (!(is_current && error instanceof PunktfunkError && error.code === 'MEASUREMENT_UNKNOWN')) throw error;
    });
    this.#options.events.tell({ type: 'list', step: 'changed', of: 'measurements' });
  }

  /** What goes on ends, and what there is of it is kept. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    this.#end('The host stopped');
    await this.#current?.done;
  }

  #end(reason: string): void {
    const current = this.#running;
    if (!current || current.ending.signal.aborted) return;
    current.head.reason = `${reason}.`;
    current.ending.abort();
  }

  async #measure(current: Current): Promise<void> {
    const { head, ending } = current;
    const { events, log, library } = this.#options;
    try {
      for (const part of head.parts) {
        if (ending.signal.aborted) Object.assign(part, { state: 'left_out', detail: '' });
        else await this.#measurePart(current, part);
      }
      const page = await this.#pageOf(current);
      head.ended_at = new Date().toISOString();
      head.state = ending.signal.aborted ? 'cut_short' : 'done';
      library.write(
        current.id,
        head,
        [...current.reports.values()].map(({ line }) => line),
        page,
      );
      await library.tidy().catch((error: unknown) => {
        log.warn({ event: 'measurements_not_tidied', err: error }, `Old measurements stay: ${reasonOf(error)}.`);
      });
    } catch (error) {
      log.warn({ event: 'measurement_not_kept', err: error }, toPunktfunkError(error).advice);
      head.reason ||= `It could not be kept: ${reasonOf(error)}.`;
    }
    head.ended_at ??= new Date().toISOString();
    if (head.state === 'running') head.state = 'cut_short';
    events.tell({ type: 'measurement', step: 'ended', id: current.id, reason: head.reason });
  }

  async #measurePart(current: Current, part: MeasuredPart): Promise<void> {
    const { id, head, ending } = current;
    const { name } = part;
    const { words, budget_s } = parts[name];
    const say = (detail: string) => {
      Object.assign(part, { state: 'running', detail });
      this.#options.events.tell({ type: 'measurement', step: 'progress', id, part: name, detail });
    };
    say('');
    const { out, how } = await runKit(this.#command, {
      words: [...words, ...(name === 'latency' ? limitWords(head.limits) : []), '--budget-s', `${budget_s}`, '--json'],
      limit_ms: budget_s * 1000 + grace_ms,
      signal: ending.signal,
      onProgress: say,
    }).catch((error: unknown) => ({ out: undefined, how: reasonOf(error) }));
    const report = out === undefined ? undefined : parsed(KitReport, out);
    if (out !== undefined && report) {
      const line = JSON.stringify({ part: name, report: JSON.parse(out) as unknown });
      current.reports.set(name, { line, report });
      // The kit knows of a signal alone; why it came is said of the whole.
      const detail = ending.signal.aborted ? '' : report.verdict.text;
      Object.assign(part, { state: report.verdict.result, detail });
    } else if (ending.signal.aborted) Object.assign(part, { state: 'cut_short', detail: '' });
    else Object.assign(part, { state: 'failed', detail: `${whyUnread(out ?? '')}: ${how}.` });
  }

  /** As the kit draws it. Undefined: there is nothing to draw, no time for it, or no place. */
  async #pageOf({ reports, ending }: Current): Promise<string | undefined> {
    if (reports.size === 0 || ending.signal.aborted) return undefined;
    let folder: string | undefined;
    try {
      const place = mkdtempSync(join(tmpdir(), 'punktfunk-page-'));
      folder = place;
      const files = [...reports].map(([name, { line }]) => {
        const file = join(place, `${name}.json`);
        writeFileSync(file, JSON.stringify((JSON.parse(line) as { report: unknown }).report));
        return file;
      });
      const page = join(place, 'page.html');
      const { is_success } = await runKit(this.#command, {
        words: ['report', ...files, '--page', page],
        limit_ms: page_limit_ms,
        signal: ending.signal,
        onProgress: () => {},
      });
      if (!is_success) return undefined; // a full disk has taken a part of it
      const found = statSync(page, { throwIfNoEntry: false });
      return found && found.size <= max_page_bytes ? readFileSync(page, 'utf8') : undefined;
    } catch (error) {
      this.#options.log.warn({ event: 'measurement_without_page', err: error }, `It has no page: ${reasonOf(error)}.`);
      return undefined;
    } finally {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    }
  }
}

const whyUnread = (out: string): string =>
  parsed(OtherReport, out)
    ? 'The report is none that this host reads, the kit has to be of its version'
    : 'The kit left no report';

const limitWords = ({ max_p95_ms, min_fps, max_loss_percent }: MeasurementLimits): string[] =>
  [
    ['--max-p95-ms', max_p95_ms],
    ['--min-fps', min_fps],
    ['--max-loss', max_loss_percent],
  ].flatMap(([name, value]) => (value === undefined ? [] : [`${name}`, `${value}`]));

const entryOf = ({ id, head: { measurement: _, host_version: __, ...summary } }: Current): MeasurementEntry => ({
  id,
  ...structuredClone(summary),
  size_bytes: 0,
  has_page: false,
});
