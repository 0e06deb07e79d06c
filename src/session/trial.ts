// An application tried by who sets it up: prepared, started, heard, ended, undone.

import type { App } from '../config/app.ts';
import { Deadline } from '../deadline.ts';
import { PunktfunkError, reasonOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type app_limits, startApp } from './app-process.ts';
import { FirstOutput } from './first-output.ts';
import type { Preparations } from './preparation.ts';

const trial_ms = 10_000;

export interface Trial {
  /** What it wrote first, at most 64 KiB. */
  output: string;
  /** It wrote more. */
  output_cut: boolean;
  /** How it ended, as the end of a sentence about it. */
  how: string;
  /** It failed: it ended by itself, and not well. */
  failed: boolean;
  ran_ms: number;
}

export interface TrialOptions {
  app: App;
  /** Of the desktop and of the host. */
  desktop: Readonly<Record<string, string>>;
  app_environment: NodeJS.ProcessEnv;
  preparations: Preparations;
  /** Nobody waits for it any more, or the host is stopping. */
  cancelled: AbortSignal;
  log: Logger;
  limits?: typeof app_limits;
  limit_ms?: number;
}

/** Throws APP_FAILED when it cannot be started. */
export async function tryApp(options: TrialOptions): Promise<Trial> {
  const { app, desktop, preparations, cancelled } = options;
  const prepared = await preparations.prepare(app, desktop, cancelled);
  try {
    return await hear(options);
  } finally {
    await prepared.undo();
  }
}

async function hear(options: TrialOptions): Promise<Trial> {
  const { app, desktop, app_environment, cancelled, log, limits, limit_ms = trial_ms } = options;
  const { title, command = [], environment, working_directory } = app;
  const output = new FirstOutput();
  const started_ms = performance.now();
  const program = await startApp(
    {
      command,
      environment: { ...app_environment, ...desktop, ...environment },
      working_directory,
      onOutput: output.take.bind(output),
    },
    log,
    limits,
  ).catch((error: unknown) => {
    throw new PunktfunkError('APP_FAILED', { title, reason: reasonOf(error) }, { cause: error });
  });
  const cut = Promise.withResolvers<string>();
  const deadline = new Deadline();
  deadline.set(limit_ms, () => cut.resolve(`it still ran after ${limit_ms / 1000} s and was ended`));
  const onCancel = () => cut.resolve('it was cancelled');
  if (cancelled.aborted) onCancel();
  cancelled.addEventListener('abort', onCancel);
  const end = await Promise.race([program.ended, cut.promise]);
  const ran_ms = Math.round(performance.now() - started_ms);
  deadline.clear();
  cancelled.removeEventListener('abort', onCancel);
  if (typeof end === 'string') await program.stop();
  const how = typeof end === 'string' ? end : end.how;
  const failed = typeof end !== 'string' && end.outcome === 'crashed';
  return { output: output.text, output_cut: output.is_cut, how, failed, ran_ms };
}
