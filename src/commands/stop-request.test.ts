// What a second signal does, in a process that does not end by itself.

import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { startChild } from '../test-children.ts';
import '../test-limit.ts';

const script = `
  import { createLogger } from '${join(import.meta.dirname, '../log.ts')}';
  import { awaitStop } from '${join(import.meta.dirname, 'stop-request.ts')}';
  const log = createLogger({ level: 'info', pretty: false });
  awaitStop(log).signal.addEventListener('abort', () => log.info({ event: 'aborted' }));
  setInterval(() => {}, 1000);
  log.info({ event: 'waits' });`;

t.test('a second signal ends it at once, and is told', async (t) => {
  const child = startChild([process.execPath, '--input-type=module', '-e', script], { owner: t });
  const ended = once(child, 'exit');
  const told: { event: string; signal?: string }[] = [];
  let again: NodeJS.Timeout | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, signal } = JSON.parse(line);
    told.push({ event, ...(signal && { signal }) });
    if (event === 'waits') child.kill('SIGTERM');
    if (event === 'aborted')
      again = setInterval(() => {
        child.kill('SIGINT');
      }, 20);
  }
  clearInterval(again);
  t.same(await ended, [130, null]);
  t.same(told, [
    { event: 'waits' },
    { event: 'stopping' },
    { event: 'aborted' },
    { event: 'forced', signal: 'SIGINT' },
  ]);
});
