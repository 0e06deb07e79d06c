// What all desktops have in common, on a driver that takes its time.

import t from 'tap';
import { Desktop } from './desktop.ts';
import type { Mode } from './display.ts';
import type { Driver } from './drivers/driver.ts';
import '../test-limit.ts';

const mode: Mode = { width: 1280, height: 720, refresh_mhz: 60_000 };
const client = { id: 'tablet', name: 'Tablet' };

/** Does what it is told once `step` is resolved, and notes it. */
function slow(max_outputs: number) {
  const done: string[] = [];
  const step = Promise.withResolvers<void>();
  let leases = 0;
  const driver: Driver = {
    description: 'slow',
    capabilities: { exact_mode: true, max_outputs },
    limit: 'it has these',
    environment: { FROM: 'driver' },
    gone: new Promise(() => {}),
    lease: async () => {
      const number = ++leases;
      done.push(`lease ${number}`);
      return {
        description: `output ${number}`,
        video: { kind: 'synthetic', moving: false },
        input: null,
        environment: { OF: `output ${number}` },
        shortcomings: [],
        release: async () => {
          done.push(`release ${number}`);
          await step.promise;
          done.push(`released ${number}`);
        },
      };
    },
    ask: async () => undefined,
    isThere: async () => true,
    close: () => void done.push('close'),
  };
  const parts = { driver, environment: { OF: 'desktop' }, describe: (driven: string) => driven };
  return { done, step, display: new Desktop({ ...parts, kind: 'session', isFirstChoice: async () => true }) };
}

t.test('a lease waits for what is being given back, and so does the end', async (t) => {
  const { done, step, display } = slow(1);
  const first = await display.lease(mode, client, true);
  t.match(first.environment, { FROM: 'driver', OF: 'output 1' });
  t.match(display.environment, { FROM: 'driver', OF: 'desktop' });
  const released = [first.release(), first.release()];
  const second = display.lease(mode, client, true);
  const third = t.rejects(display.lease(mode, client, true), { code: 'DISPLAY_FULL' }, 'one more is too many');
  t.equal(await display.ask(), undefined, 'others are not kept waiting');
  t.same(done, ['lease 1', 'release 1']);
  step.resolve();
  await Promise.all([...released, second, third]);
  await display.close();
  t.same(done, ['lease 1', 'release 1', 'released 1', 'lease 2', 'release 2', 'released 2', 'close']);
});

t.test('one that fails holds nobody up', async (t) => {
  const { step, display } = slow(1);
  const first = await display.lease(mode, client, true);
  step.reject(new Error('it refuses'));
  const released = first.release();
  const second = display.lease(mode, client, true);
  await t.rejects(released, { message: 'it refuses' });
  t.equal((await second).description, 'output 2');
});
