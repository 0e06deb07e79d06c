// Logs are pino: calm lines on a terminal, NDJSON otherwise. Secrets never reach a log: callers do not pass them, and the names they
// have in requests and messages are cut here as a second lock.

import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino';
import type { LogRing } from './log-ring.ts';
import { plainText } from './plain-text.ts';

type SonicBoom = ReturnType<typeof pino.destination>;

export type { Logger };

export const secret_names = [
  ...['rikey', 'key_hex', 'pin', 'salt', 'key_pem', 'clientpairingsecret', 'restore_token'],
  ...['token', 'password', 'secret', 'set_up_code', 'cookie', 'csrf', 'authorization'],
];

export interface LogOptions {
  level: LevelWithSilent;
  /** Lines for people instead of NDJSON. */
  pretty: boolean;
  /** Default: standard output. */
  destination?: DestinationStream;
  /** Keeps what is written. */
  ring?: LogRing;
}

/** The process's logger. */
export function createLogger(options: LogOptions): Logger {
  const { ring, destination: out = logOutput() } = options;
  const settings = {
    level: options.level,
    base: null,
    redact: { paths: secret_names.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!options.pretty) {
    const write = (line: string) => {
      out.write(line);
      ring?.write(line);
    };
    return pino(settings, ring ? { write } : out);
  }
  const colours = process.env.NO_COLOR === undefined;
  const log = pino(settings, {
    write: (line) => {
      const details = log.level === 'debug' || log.level === 'trace';
      out.write(prettyLine(JSON.parse(line), colours, details));
      ring?.write(line);
    },
  });
  return log;
}

const terminal_buffer_bytes = 1 << 20;
const flush_ms = 1_000;

/**
 * Standard output for the log. A file or a pipe is written to at once: a line is out before the process can die. A terminal that takes
 * nothing (Ctrl-S, a connection that hangs) must not hold up the host: its lines wait in memory, and those beyond the bound are lost.
 */
function standardOutput(): SonicBoom {
  const out = pino.destination(
    process.stdout.isTTY
      ? { dest: 1, sync: false, minLength: 1, maxLength: terminal_buffer_bytes }
      : { dest: 1, sync: true },
  );
  out.on('error', () => {}); // whoever read it is gone; that is no reason to stop streaming
  return out;
}

let own_output: SonicBoom | undefined;

/** Where the process's log goes, for words that stand between its lines. */
export function logOutput(): { write(text: string): unknown } {
  own_output ??= standardOutput();
  return own_output;
}

/** Resolves with true once everything is out, with false when the terminal has taken nothing for a second. */
export function flushLog(): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), flush_ms);
    const done = () => {
      clearTimeout(late);
      resolve(true);
    };
    if (own_output && process.stdout.isTTY) own_output.flush(done);
    else done();
  });
}

interface LogLine {
  level: string;
  time: string;
  msg?: string;
  event?: string;
  err?: { stack?: string };
}

const marks: Readonly<Record<string, readonly [string, number]>> = {
  fatal: ['error: ', 31],
  error: ['error: ', 31],
  warn: ['warning: ', 33],
};

/** Local time, what happened, and (with `details`) the fields that go with it. */
export function prettyLine(
  { level, time, msg, event, err, ...fields }: LogLine,
  colours: boolean,
  details: boolean,
): string {
  const paint = (text: string, colour: number) => (colours ? `\u001b[${colour}m${text}\u001b[0m` : text);
  const clock = new Date(time).toLocaleTimeString('en-GB');
  const [mark, colour] = marks[level] ?? ['', 0];
  const tail = details ? paint(plainText(`  ${event ?? ''} ${JSON.stringify(fields)}`), 2) : '';
  const stack = err?.stack === undefined ? '' : `\n${err.stack.split('\n').map(plainText).join('\n')}`;
  const sentence = plainText(msg ?? event ?? '');
  return `${paint(clock, 2)}  ${mark === '' ? '' : paint(mark, colour)}${sentence}${tail}${stack}\n`;
}
