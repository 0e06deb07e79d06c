// Logs are pino: pretty lines on a terminal, NDJSON otherwise. Secrets never reach a log: callers do not pass them, and the names they
// have in requests and messages are cut here as a second lock.

import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino';

export type { Logger };

const secret_names = ['rikey', 'key_hex', 'pin', 'salt', 'key_pem', 'clientpairingsecret', 'restore_token', 'token'];

export interface LogOptions {
  level: LevelWithSilent;
  /** Pretty lines for people instead of NDJSON. */
  pretty: boolean;
  /** Default: standard output. */
  destination?: DestinationStream;
}

/** The process's logger. Writes synchronously: a line is out before the process can die. */
export async function createLogger(options: LogOptions): Promise<Logger> {
  const settings = {
    level: options.level,
    base: null,
    redact: { paths: secret_names.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!options.pretty) return pino(settings, options.destination ?? pino.destination({ dest: 1, sync: true }));
  // Loaded only where a person looks: it costs memory that a service does not need.
  const { default: pretty } = await import('pino-pretty');
  const stream = pretty({
    colorize: process.env.NO_COLOR === undefined,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'event',
    hideObject: options.level !== 'debug' && options.level !== 'trace',
    singleLine: true,
    sync: true,
    ...(options.destination ? { destination: options.destination as never } : {}),
  });
  return pino(settings, stream);
}
