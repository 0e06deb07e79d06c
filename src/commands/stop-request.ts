// When a running host is asked to end: by a signal, or by an error that nobody expected. A second signal ends the process at once, but for
// that of a terminal that closes, which is nobody's wish for haste.

import { Deadline } from '../deadline.ts';
import { exit_codes, toPunktfunkError } from '../errors.ts';
import type { Logger } from '../log.ts';

export interface StopRequest {
  exit_code: number;
  sentence: string;
}

/** The host has so long to close: for what hangs outside this process (a desktop that does not end); an engine dies with its channel. */
const close_deadline_ms = 12_000;
/** One request may come twice at once: from a terminal and from npm that dies with it. Of this process's own time, or a busy machine
 * makes two requests of one. */
const same_request_ms = 500;

/** Resolves at the first request; `signal` is aborted then. */
export function awaitStop(log: Logger): { request: Promise<StopRequest>; signal: AbortSignal } {
  const { promise: request, resolve } = Promise.withResolvers<StopRequest>();
  const stopping = new AbortController();
  const same_request = new Deadline();
  let forces = false;
  const stop = (asked: StopRequest) => {
    if (stopping.signal.aborted) return;
    log.info({ event: 'stopping' }, asked.sentence);
    setTimeout(() => process.exit(asked.exit_code || exit_codes.internal), close_deadline_ms).unref();
    same_request.set(same_request_ms, () => {
      forces = true;
    });
    stopping.abort();
    resolve(asked);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (forces && signal !== 'SIGHUP') {
        log.warn({ event: 'forced', signal }, `Ended at once (${signal}).`);
        process.exit(exit_codes.interrupted);
      }
      stop({ sentence: `Stopping (${signal}); once more to force.`, exit_code: exit_codes.ok });
    });
  }
  const crash = (error: unknown) => {
    log.fatal({ event: 'crash', err: error }, toPunktfunkError(error).advice);
    stop({ sentence: 'Stopping after an error inside punktfunk.', exit_code: exit_codes.internal });
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  return { request, signal: stopping.signal };
}
