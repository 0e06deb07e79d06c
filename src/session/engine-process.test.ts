import { pino } from 'pino';
import t, { type Test } from 'tap';
import { buildStart } from '../contract/builder.ts';
import type { EngineMessage } from '../contract/messages.ts';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { syntheticDisplay } from '../display/drivers/synthetic.ts';
import { makeCheckpoint } from './checkpoint.ts';
import type { engine_limits } from './engine-process.ts';
import type { Behaviour } from './fake-engine.ts';
import { testEngines } from './test-engine.ts';

const block = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

function engine(t: Test, behaviour: Behaviour, limits: Partial<typeof engine_limits>) {
  const seen: EngineMessage[] = [];
  let told = Promise.withResolvers<void>();
  const { makeEngine } = testEngines(folder(t), { behaviour, limits, log: pino({ level: 'silent' }) });
  const made = makeEngine(syntheticDisplay(), (message) => {
    seen.push(message);
    told.resolve();
    told = Promise.withResolvers();
  });
  t.teardown(async () => {
    made.kill('the test is over');
    await made.ended;
  });
  const reports = () => seen.filter(({ type }) => type === 'stats').length;
  return {
    engine: made,
    reports,
    async moreReports(count: number) {
      const wanted = reports() + count;
      const died = made.ended.then(({ reason }) => Promise.reject(new Error(reason)));
      while (reports() < wanted) await Promise.race([told.promise, died]);
    },
  };
}

function startMessage(t: Test) {
  const checkpoint = makeCheckpoint(folder(t), 'a');
  return buildStart({ checkpoint_path: checkpoint.path });
}

t.test('a host that was busy or stopped for longer than the limit kills no engine that went on talking', async (t) => {
  const silence_ms = 3_000;
  const it = engine(t, { report_ms: 100 }, { silence_ms });
  let ended = false;
  void it.engine.ended.then(() => (ended = true));
  await it.engine.start(startMessage(t));
  await it.moreReports(1);
  block(silence_ms * 1.5);
  await it.moreReports(5);
  // The whole machine stood still, the engine too: it gets its time to speak.
  process.kill(it.engine.pid as number, 'SIGSTOP');
  block(silence_ms * 1.5);
  process.kill(it.engine.pid as number, 'SIGCONT');
  await it.moreReports(5);
  t.notOk(ended);
});

t.test('nor one that had just been forked or just been asked to stop', async (t) => {
  const it = engine(t, {}, { load_ms: 6_000, stop_ms: 6_000 });
  block(9_000);
  await it.engine.loaded;
  const stopped = it.engine.stop(0);
  block(9_000);
  await stopped;
  t.match(await it.engine.ended, { said_so: true, reason: 'stopped' });
});

t.test('what was sent while the host stood still is no flood', async (t) => {
  const it = engine(t, { report_ms: 20 }, { messages_a_second: 80 });
  await it.engine.start(startMessage(t));
  await it.moreReports(1);
  block(4_000);
  await it.moreReports(250);
  t.pass('it goes on');
});

t.test('an engine that says nothing more is killed', async (t) => {
  const it = engine(t, { silent: true }, { silence_ms: 200 });
  await it.engine.start(startMessage(t));
  t.match(await it.engine.ended, { said_so: false, reason: 'it fell silent' });
});
