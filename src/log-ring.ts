// The latest lines of the log in memory, for whoever is not at the terminal: as they were written there, so without secrets.

import { type Static, Type } from 'typebox';
import { Journal, type Numbered, type Reading } from './journal.ts';
import { plainText } from './plain-text.ts';

/** The least first. */
const log_levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export const LogLevel = Type.Enum([...log_levels]);
export type LogLevel = Static<typeof LogLevel>;

export const LogEntry = Type.Object(
  {
    id: Type.String(),
    time: Type.String({ format: 'date-time' }),
    level: LogLevel,
    /** For scripts; empty where the line has none. */
    event: Type.String(),
    message: Type.String(),
    /** What else it has, each as text. */
    details: Type.Record(Type.String(), Type.String()),
  },
  { title: 'LogEntry', description: 'Control characters in it are written as \\u{…}.' },
);
export type LogEntry = Static<typeof LogEntry>;

export interface LogFilter {
  /** And what is worse. */
  level?: LogLevel | undefined;
  /** Somewhere in the line, in capitals or not. */
  text?: string | undefined;
}

export const log_ring_limits = {
  lines: 5_000,
  bytes: 1 << 20,
  /** Of one line; what is longer is kept without its details. */
  line_bytes: 8 << 10,
};

export class LogRing {
  readonly #lines = new Journal<string>({
    count: log_ring_limits.lines,
    bytes: log_ring_limits.bytes,
    sizeOf: ({ length }) => length,
  });

  /** A line of the log as pino writes it. */
  write(line: string): void {
    this.#lines.add(line.length <= log_ring_limits.line_bytes ? line : shortened(line));
  }

  get newest_id(): string | null {
    return this.#lines.newest_id;
  }

  /** The newest `count` that pass, the oldest of them first. */
  latest(filter: LogFilter, count: number): LogEntry[] {
    const found: LogEntry[] = [];
    const lines = this.#lines.kept;
    for (let index = lines.length - 1; index >= 0 && found.length < count; index--) {
      const entry = passing(lines[index] as Numbered<string>, filter);
      if (entry) found.push(entry);
    }
    return found.reverse();
  }

  /** As Journal.read. */
  read(
    last_id: string | undefined,
    filter: LogFilter,
    onEntry: (entry: LogEntry) => void,
  ): Omit<Reading<never>, 'missed'> & { missed: LogEntry[] } {
    const { missed, gap, end } = this.#lines.read(last_id, (line) => {
      const entry = passing(line, filter);
      if (entry) onEntry(entry);
    });
    return { missed: missed.flatMap((line) => passing(line, filter) ?? []), gap, end };
  }
}

let newest: { line: Numbered<string>; entry: LogEntry } | undefined;

/** The same for all who follow: a line is taken apart once. */
function entryOf(line: Numbered<string>): LogEntry {
  if (newest?.line !== line) newest = { line, entry: { id: line.id, ...parsed(line.value) } };
  return newest.entry;
}

function passing(line: Numbered<string>, { level = 'trace', text = '' }: LogFilter): LogEntry | undefined {
  const entry = entryOf(line);
  if (log_levels.indexOf(entry.level) < log_levels.indexOf(level)) return undefined;
  return text === '' || textOf(entry).includes(text.toLowerCase()) ? entry : undefined;
}

const textOf = ({ event, message, details }: LogEntry): string =>
  [event, message, ...Object.entries(details).flat()].join(' ').toLowerCase();

function parsed(line: string): Omit<LogEntry, 'id'> {
  const { time, level, event = '', msg = '', ...rest } = JSON.parse(line) as Record<string, unknown>;
  const details = Object.entries(rest).map(([name, value]) => [plainText(name), asText(value)]);
  return {
    time: String(time),
    level: level as LogLevel,
    event: asText(event),
    message: asText(msg),
    details: Object.fromEntries(details),
  };
}

const asText = (value: unknown): string => plainText(typeof value === 'string' ? value : JSON.stringify(value));

function shortened(line: string): string {
  const { time, level, event, msg } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify({ time, level, event, msg: String(msg ?? '').slice(0, 1_000), shortened: line.length });
}
