import { mock } from 'node:test';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { buildStart } from '../contract/builder.ts';
import type { EngineMessage } from '../contract/messages.ts';
import { makeCheckpoint } from './checkpoint.ts';
import { EnginePool, pool_limits } from './engine-pool.ts';
import type { EngineProcess } from './engine-process.ts';
import type { Behaviour } from './fake-engine.ts';
import { testEngines } from './test-engine.ts';

const here = { WAYLAND_DISPLAY: 'wayland-1' };

function rig(
  t: Test,
  {
    keeps_spare = true,
    engine = {} as Behaviour,
    engine_limits = {},
    limits = {},
    memory_is_short = (): boolean => false,
  } = {},
) {
  const log = pino({ level: 'silent' });
  const { makeEngine } = testEngines(folder(t), { behaviour: engine, limits: engine_limits, log });
  const forked: { engine: EngineProcess; environment: object }[] = [];
  const pool = new EnginePool({
    fork: (environment, onMessage) => {
      if (memory_is_short()) throw new Error('spawn ENOMEM');
      const made = makeEngine({ environment: {} }, onMessage);
      forked.push({ engine: made, environment });
      return made;
    },
    keeps_spare,
    log,
    limits: { ...pool_limits, pause_ms: 1, max_pause_ms: 4, ...limits },
  });
  t.teardown(async () => {
    await pool.close();
    for (const { engine: made } of forked) made.kill('the test is over');
  });
  return { pool, forked };
}

const start = (t: Test) => buildStart({ checkpoint_path: makeCheckpoint(folder(t), 'a').path });

t.test('the engine that waits serves, and another one waits once it has shown a picture', async (t) => {
  const { pool, forked } = rig(t);
  pool.prepare(here);
  const { spare } = pool;
  await spare?.ready();
  const told: EngineMessage['type'][] = [];
  const engine = pool.take({ ...here }, ({ type }) => told.push(type));
  t.equal(engine, spare);
  t.equal(pool.spare, undefined, 'its start has the machine for itself');
  await engine.start(start(t));
  await eventually('the next one', () => pool.spare !== undefined);
  t.not(pool.spare, engine);
  t.ok(told.includes('first_frame'), 'what it tells is heard');
  t.equal(forked.length, 2);
});

t.test('after a crash the one that waits takes over, and is replaced', async (t) => {
  const { pool } = rig(t);
  pool.prepare(here);
  const first = pool.take(here, () => {});
  await first.start(start(t));
  const spare = await eventually('the next one', () => pool.spare);
  process.kill(first.pid as number, 'SIGKILL');
  await first.ended;
  t.equal(
    pool.take(here, () => {}),
    spare,
  );
  await spare.start(start(t));
  await eventually('another one', () => pool.spare !== undefined && pool.spare !== spare);
});

t.test('none of a launch that came to nothing is missed', async (t) => {
  const { pool } = rig(t);
  pool.prepare(here);
  const engine = pool.take(here, () => {});
  await engine.stop();
  t.not(await eventually('the next one', () => pool.spare), engine);
});

t.test('one that dies while it waits is made anew, ever later', async (t) => {
  const { pool, forked } = rig(t);
  pool.prepare(here);
  for (let deaths = 1; deaths <= 4; deaths++) {
    const spare = await eventually('one that waits', () => pool.spare);
    process.kill(spare.pid as number, 'SIGKILL');
    await spare.ended;
    await eventually('the next one', () => forked.length === deaths + 1);
  }
  const late = rig(t, { limits: { pause_ms: 3_600_000 } });
  late.pool.prepare(here);
  const only = late.pool.spare as EngineProcess;
  process.kill(only.pid as number, 'SIGKILL');
  await only.ended;
  const other = rig(t);
  await other.pool.take(here, () => {}).ready(); // so long, at least, was waited
  t.equal(late.pool.spare, undefined, 'not before its time');
  const taken = late.pool.take(here, () => {});
  await taken.ready();
  t.equal(late.forked.length, 2, 'who needs one has one all the same');
});

t.test('one that hangs while it waits is thrown away, and another one waits', async (t) => {
  const { pool } = rig(t, { limits: { ask_ms: 20 } });
  pool.prepare(here);
  const hung = pool.spare as EngineProcess;
  await hung.ready();
  process.kill(hung.pid as number, 'SIGSTOP');
  t.match(await hung.ended, { reason: 'it does not answer' });
  await eventually('another one', () => pool.spare !== undefined && pool.spare !== hung);
});

t.test('one that hangs when it is taken is not waited for longer than an answer takes', async (t) => {
  const never_ms = 3_600_000;
  const { pool } = rig(t, { limits: { ask_ms: never_ms }, engine_limits: { listen_ms: never_ms } });
  pool.prepare(here);
  const hung = pool.spare as EngineProcess;
  await hung.ready();
  process.kill(hung.pid as number, 'SIGSTOP');
  const taken = pool.take(here, () => {});
  t.equal(taken, hung);
  await t.rejects(taken.start(start(t)), { code: 'ENGINE_FAILED', message: /does not answer/ });
  await t.rejects(taken.ready(), { code: 'ENGINE_FAILED' }, 'nor one that is gone');
  const other = pool.take(here, () => {});
  t.not(other, hung);
  await other.start(start(t));
});

t.test('one that has been loading for too long is not waited for at all', async (t) => {
  const { pool } = rig(t, { engine: { stuck: true }, limits: { load_ms: -1 } });
  pool.prepare(here);
  const stuck = pool.spare as EngineProcess;
  t.not(
    pool.take(here, () => {}),
    stuck,
  );
  t.match(await stuck.ended, { reason: 'it did not load in time' });
});

t.test('where memory is short none waits, and later one does', async (t) => {
  let short = true;
  const { pool } = rig(t, { memory_is_short: () => short });
  pool.prepare(here);
  t.equal(pool.spare, undefined);
  t.throws(() => pool.take(here, () => {}), /ENOMEM/);
  short = false;
  pool.prepare(here);
  t.ok(pool.spare);
});

t.test('however often none could be made, it is tried again once at a time', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  let tries = 0;
  const { pool } = rig(t, { memory_is_short: () => ++tries > 0 });
  for (let times = 0; times < 5; times++) pool.prepare(here);
  t.equal(tries, 5);
  mock.timers.tick(4);
  t.equal(tries, 6);
});

t.test('another desktop has another engine', async (t) => {
  const { pool, forked } = rig(t);
  pool.prepare(here);
  const stale = pool.spare as EngineProcess;
  const there = { WAYLAND_DISPLAY: 'wayland-2' };
  pool.prepare(there);
  await stale.ended;
  const waiting = pool.spare;
  t.same(forked.at(-1)?.environment, there);
  const engine = pool.take(here, () => {});
  t.not(engine, waiting, 'one that looks elsewhere does not serve');
  await waiting?.ended;
});

t.test('it is gone when the host ends', async (t) => {
  const { pool, forked } = rig(t);
  pool.prepare(here);
  const { pid } = pool.spare as EngineProcess;
  await pool.close();
  t.throws(() => process.kill(pid as number, 0), { code: 'ESRCH' });
  pool.prepare(here);
  t.equal(forked.length, 1, 'and none follows');
});

t.test('switched on and off while the host runs', async (t) => {
  const { pool, forked } = rig(t, { keeps_spare: false });
  pool.prepare(here);
  pool.keepSpare(true);
  const { spare } = pool;
  t.ok(spare, 'one waits');
  pool.keepSpare(false);
  await spare?.ended;
  t.equal(pool.spare, undefined);
  t.equal(forked.length, 1, 'and none follows');
});

t.test('switched off none waits', async (t) => {
  const { pool, forked } = rig(t, { keeps_spare: false });
  pool.prepare(here);
  t.equal(forked.length, 0);
  const engine = pool.take(here, () => {});
  await engine.start(start(t));
  await engine.stop();
  t.equal(forked.length, 1);
});
