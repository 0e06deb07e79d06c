import t from 'tap';
import { type Check, missing, ok } from './check.ts';
import { Doctor, type DoctorOptions } from './examination.ts';

const here = {
  config: { bind: '127.0.0.1' } as DoctorOptions['config'],
  running: async () => ({ pid: 1, display: null, display_kind: null, display_trouble: null }),
};

/** Checks that are over when the test says so. */
function rig() {
  const turns = [Promise.withResolvers<Check>(), Promise.withResolvers<Check>()] as const;
  const asked: number[] = [];
  let begun = 0;
  const doctor = new Doctor({
    ...here,
    async *examine() {
      begun++;
      for (const [index, { promise }] of turns.entries()) {
        asked.push(index);
        yield await promise;
      }
    },
  });
  return { doctor, turns, asked, begun: () => begun };
}

t.test('an examination is seen while it goes on, and there is one at a time', async (t) => {
  const { doctor, turns, begun } = rig();
  t.match(doctor.latest, { state: 'never', complete: null, checks: [] });
  t.equal(doctor.start(), doctor.start());
  const result = doctor.result();
  t.match(doctor.latest, { state: 'running', total: 13, checks: [] });
  turns[0].resolve(ok('node', 'fine'));
  turns[1].resolve(missing('ports', 'taken', 'free them'));
  t.match(await result, { state: 'done', complete: false, verdict: /cannot stream yet.*ports/, checks: { length: 2 } });
  t.equal(doctor.latest, await result);
  t.equal(begun(), 1);
});

t.test('one that is cancelled ends, and the next is another', async (t) => {
  const { doctor, turns, asked } = rig();
  const first = doctor.start();
  t.match(doctor.cancel(), { state: 'cancelled', complete: null });
  const second = doctor.result();
  t.not(doctor.latest, first);
  for (const turn of turns) turn.resolve(ok('x', 'y'));
  t.match(await second, { state: 'done', complete: true, checks: { length: 2 } });
  t.match(first, { state: 'cancelled', checks: [] });
  t.same(asked, [0, 0, 1], 'the first made no more checks');
});

t.test('one that falls over says so', async (t) => {
  const doctor = new Doctor({
    ...here,
    // biome-ignore lint/correctness/useYield: it fails before
    async *examine() {
      throw new Error('boom');
    },
  });
  t.match(await doctor.result(), { state: 'done', complete: null, verdict: 'The examination failed: boom.' });
});
