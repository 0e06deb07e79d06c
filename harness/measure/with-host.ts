// Runs a command of the kit against a host of our own, on a desktop of its own, with the beacon as its application: for commands that
// measure any host.
//
//   node harness/measure/with-host.ts loss-live --seconds 2

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { package_root } from '../../src/installation.ts';
import { exits } from '../exits.ts';
import { NotMeasured } from '../kit/run.ts';
import { app_titles, startOwn } from '../latency/target.ts';

async function run([command = '', ...words]: readonly string[]): Promise<number> {
  let child: ChildProcess | undefined;
  const told = new AbortController();
  // Whoever ended by it would leave the host behind, also while that starts.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      told.abort();
      child?.kill(signal);
    });
  const host = await startOwn(told.signal).catch((error: unknown) => {
    if (told.signal.aborted) return undefined;
    throw error;
  });
  if (!host) return exits.cut_short;
  try {
    if (told.signal.aborted) return exits.cut_short;
    const where = [
      '127.0.0.1',
      '--port',
      `${host.base_port}`,
      '--probe-dir',
      host.probe_dir,
      '--app',
      app_titles.moving,
    ];
    const kit = [resolve(package_root, 'harness/main.ts'), command, ...where, ...words];
    child = spawn(process.execPath, kit, { stdio: 'inherit' });
    const [code] = await once(child, 'exit');
    return typeof code === 'number' ? code : exits.failed;
  } finally {
    await host.close();
  }
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof NotMeasured)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = exits.not_measured;
}
