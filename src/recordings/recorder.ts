// Writes each stream's seconds down as they are told, some at a time. A disk that takes nothing ends the recording, and nothing else.

import { appendFile } from 'node:fs/promises';
import type { Statistics } from '../contract/statistics.ts';
import { reasonOf } from '../errors.ts';
import type { HostEvents, NamedSession, SessionReport, StreamedVideo } from '../events.ts';
import type { Logger } from '../log.ts';
import { readRecording } from './file.ts';
import { figuresOf, type Head, secondOf, type Tail } from './format.ts';

export const recording_limits = {
  /** Of one recording: some eight hours. What comes after is not recorded. */
  bytes: 16 << 20,
  /** Seconds that wait to be written together. */
  seconds_at_once: 10,
};

export interface RecorderOptions {
  events: HostEvents;
  log: Logger;
  version: string;
  /** Where the recording of this stream goes. */
  pathFor: (session: NamedSession, started_at: Date) => Promise<string>;
  /** One has ended. */
  onEnd: () => Promise<unknown>;
  limits?: typeof recording_limits;
}

interface Current {
  started_ms: number;
  started_at: Date;
  waiting: string[];
  bytes: number;
  /** Of the newest report. */
  control: Statistics['control'] | undefined;
  path: Promise<string>;
  /** What was ordered to be written is written, or will not be. */
  written: Promise<void>;
  /** Nothing more is written: its length, or the disk, is used up. */
  over: boolean;
  failed: boolean;
}

interface Ending {
  ended_at: string;
  reason: string;
  duration_s: number;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #limits: typeof recording_limits;
  readonly #current = new Map<string, Current>();
  readonly #ending = new Set<Promise<void>>();
  readonly #unsubscribe: (() => void)[];

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#limits = options.limits ?? recording_limits;
    const { events } = options;
    this.#unsubscribe = [
      events.subscribe((event) => {
        if (event.type !== 'session') return;
        if (event.step === 'streaming') this.#begin(event.session, event.video);
        if (event.step === 'ended') this.#end(event.session, event.reason);
      }),
      events.reports.subscribe((report) => this.#note(report)),
    ];
  }

  /** The streams whose recordings are being written. */
  isRunning(session_id: string): boolean {
    return this.#current.has(session_id);
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await Promise.all(this.#ending);
  }

  /** Told again when an engine took the place of another: it is one recording. */
  #begin(session: NamedSession, video: StreamedVideo): void {
    if (this.#current.has(session.id)) return;
    const started_at = new Date();
    const head: Head = {
      recording: 1,
      started_at: started_at.toISOString(),
      host_version: this.#options.version,
      session,
      video,
    };
    const current: Current = {
      started_ms: performance.now(),
      started_at,
      waiting: [lineOf(head)],
      bytes: 0,
      control: undefined,
      path: this.#options.pathFor(session, started_at),
      written: Promise.resolve(),
      over: false,
      failed: false,
    };
    current.path.catch(() => {}); // told when it is written to
    this.#current.set(session.id, current);
    this.#write(current);
    void current.written.then(() => this.#changed());
  }

  #note(report: SessionReport): void {
    const current = this.#current.get(report.session.id);
    if (!current || current.over) return;
    current.waiting.push(lineOf(secondOf(report, secondsOf(current), current.control)));
    current.control = report.statistics.control;
    if (current.waiting.length >= this.#limits.seconds_at_once) this.#write(current);
  }

  #end(session: NamedSession, reason: string): void {
    const current = this.#current.get(session.id);
    if (!current) return;
    const duration_s = secondsOf(current);
    const ended_at = new Date().toISOString();
    this.#write(current);
    const ending = current.written
      .then(() => this.#finish(current, { ended_at, reason, duration_s }))
      .finally(() => {
        this.#current.delete(session.id);
        this.#ending.delete(ending);
        this.#changed();
      });
    this.#ending.add(ending);
  }

  async #finish(current: Current, ending: Ending): Promise<void> {
    try {
      if (!current.failed) await this.#close(current, ending);
    } catch (error) {
      this.#giveUp(current, error);
    }
    // After one that failed, too: what is old may be what fills the disk.
    await this.#options.onEnd().catch((error: unknown) => {
      this.#options.log.warn({ event: 'recordings_not_tidied' }, `Old recordings stay: ${reasonOf(error)}.`);
    });
  }

  async #close(current: Current, { ended_at, reason, duration_s }: Ending): Promise<void> {
    const path = await current.path;
    const { seconds } = await readRecording(path);
    const tail: Tail = { ended_at, reason: reason.slice(0, 1000), figures: figuresOf(seconds, duration_s) };
    await appendFile(path, lineOf(tail), { mode: 0o600 });
  }

  #changed(): void {
    this.#options.events.tell({ type: 'list', step: 'changed', of: 'recordings' });
  }

  /** Never waited for where statistics come in. */
  #write(current: Current): void {
    const text = current.waiting.splice(0).join('');
    current.bytes += Buffer.byteLength(text);
    if (current.bytes >= this.#limits.bytes && !current.over) {
      current.over = true;
      this.#options.log.info({ event: 'recording_full' }, 'A recording has its full length; its stream goes on.');
    }
    current.written = current.written.then(async () => {
      try {
        if (text !== '' && !current.failed) await appendFile(await current.path, text, { mode: 0o600 });
      } catch (error) {
        this.#giveUp(current, error);
      }
    });
  }

  /** Told once a recording. */
  #giveUp(current: Current, error: unknown): void {
    const event = { event: 'recording_ended', err: error };
    if (!current.failed)
      this.#options.log.warn(
        event,
        `A stream is no longer recorded: ${reasonOf(error)}. The stream itself goes on; free some space for the next recording.`,
      );
    current.over = current.failed = true;
  }
}

const lineOf = (value: object): string => `${JSON.stringify(value)}\n`;
const secondsOf = ({ started_ms }: Current): number => (performance.now() - started_ms) / 1000;
