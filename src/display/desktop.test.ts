// What all desktops have in common, on a driver that takes its time.

import t from 'tap';
import { Desktop, type Further } from './desktop.ts';
import type { Mode } from './display.ts';
import type { Driver } from './drivers/driver.ts';
import '../test-limit.ts';

const mode: Mode = { width: 1280, height: 720, refresh_mhz: 60_000 };
const client = { id: 'tablet', name: 'Tablet' };

/** Does what it is told once `step` is resolved, and notes it. */
function slow(max_outputs: number, more?: Pick<Further, 'max_outputs' | 'lacking'>) {
  const done: string[] = [];
  const step = Promise.withResolvers<void>();
  let leases = 0;
  const driver: Driver = {
    description: 'slow',
    capabilities: { exact_mode: true, max_outputs },
    video: { kind: 'synthetic', moving: false },
    environment: { FROM: 'driver' },
    gone: new Promise(() => {}),
    open: async () => {
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
  let holder: string | undefined;
  const further: Further | undefined = more && {
    ...more,
    hasRoom() {
      return more.max_outputs > 0 && holder === undefined;
    },
    holds: ({ id }) => id === holder,
    lease: async (_, { id }) => {
      holder = id;
      const video = { kind: 'synthetic', moving: false } as const;
      return { description: 'a further one', video, input: null, shortcomings: [], release: async () => {} };
    },
    forget: async (id) => void done.push(`forget ${id}`),
    close: async () => void done.push('close further'),
  };
  const parts = {
    driver,
    ...(further ? { further } : {}),
    environment: { OF: 'desktop' },
    describe: (driven: string) => driven,
  };
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

t.test('further clients', async (t) => {
  const { done, step, display } = slow(1, { max_outputs: 1, lacking: undefined });
  const phone = { id: 'phone', name: 'Phone' };
  step.resolve();
  t.equal(display.capabilities.max_outputs, 2);
  const first = await display.lease(mode, client, true);
  const second = await display.lease(mode, phone, true);
  t.same([first.description, second.description], ['output 1', 'a further one']);
  const laptop = { id: 'laptop', name: 'Laptop' };
  await t.rejects(display.lease(mode, laptop, true), { code: 'DISPLAY_FULL', message: /: it has 2 at most\.$/ });
  await first.release();
  await second.release();
  t.equal((await display.lease(mode, phone, true)).description, 'a further one', 'each finds again what it left');
  t.equal((await display.lease(mode, laptop, true)).description, 'output 2', 'where there is no other');
  await display.forget(phone.id);
  await display.close();
  t.same(done.slice(-5), ['forget phone', 'close further', 'release 2', 'released 2', 'close']);
  const reason = 'Sway is missing';
  const { display: alone } = slow(1, { max_outputs: 0, lacking: reason });
  await alone.lease(mode, client, true);
  await t.rejects(alone.lease(mode, phone, true), { code: 'DISPLAY_FULL', message: /: Sway is missing\.$/ });
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
