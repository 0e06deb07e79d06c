// The program of an application, run on the streamed desktop in a process group of its own, so that all of it can be ended.

import { spawn } from 'node:child_process';
import type { Logger } from '../log.ts';

const grace_ms = 5_000;

export interface AppProcess {
  /** Ends the whole group: SIGTERM, then SIGKILL. */
  stop(): Promise<void>;
}

/** Starts `command`; rejects when it cannot be run at all. Its own end is logged and ends nothing else. */
export async function startApp(
  title: string,
  command: readonly string[],
  environment: NodeJS.ProcessEnv,
  log: Logger,
): Promise<AppProcess> {
  const [program = '', ...parameters] = command;
  const child = spawn(program, parameters, { env: environment, detached: true, stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      log.info({ event: 'app_ended', title, code, signal }, `${title} ended`);
      resolve();
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const group = -(child.pid as number);
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(group, signal);
    } catch {
      // the whole group is gone
    }
  };
  return {
    async stop() {
      signalGroup('SIGTERM');
      const deadline = setTimeout(() => signalGroup('SIGKILL'), grace_ms);
      await gone;
      clearTimeout(deadline);
      signalGroup('SIGKILL'); // what outlived its leader
    },
  };
}
