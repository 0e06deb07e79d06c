// The beacon as a program of the kit: what it paints is up when this resolves.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { meter } from '../kit/meter.ts';
import { NotMeasured } from '../kit/run.ts';

/** Throws NotMeasured when it cannot paint. */
export async function startBeacon(
  environment: NodeJS.ProcessEnv,
  words: readonly string[],
): Promise<{ end(): Promise<void> }> {
  const child = spawn(meter('beacon'), words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (part: Buffer) => {
    said += part.toString();
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, 'line'), ended.then(() => [undefined])])) as [string | undefined];
  if (line === undefined) throw new NotMeasured(`The beacon does not paint here: ${said.trim() || 'it says nothing'}.`);
  return {
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
