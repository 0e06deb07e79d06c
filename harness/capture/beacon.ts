// The beacon as a program of the kit: what it paints is up when this resolves.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { meter } from '../kit/meter.ts';
import { NotMeasured } from '../kit/run.ts';
import type { Desktop } from './desktop.ts';

/** Throws NotMeasured when it cannot paint, and when it has not until the signal. */
export async function startBeacon(
  { environment }: Pick<Desktop, 'environment'>,
  words: readonly string[],
  signal: AbortSignal,
): Promise<{ end(): Promise<void> }> {
  const child = spawn(meter('beacon'), words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (part: Buffer) => {
    said += part.toString();
  });
  const lines = createInterface({ input: child.stdout });
  // It tells its window's size when it has one: a compositor that gives it none keeps it waiting.
  const end = () => child.kill('SIGTERM');
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const [line] = (await Promise.race([once(lines, 'line'), ended.then(() => [undefined])])) as [string | undefined];
  signal.removeEventListener('abort', end);
  if (line === undefined) throw new NotMeasured(`The beacon does not paint here: ${said.trim() || 'it says nothing'}.`);
  return {
    async end() {
      end();
      await ended;
    },
  };
}
