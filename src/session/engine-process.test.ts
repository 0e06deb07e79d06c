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
  const logged: { event: string; msg: string }[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const { makeEngine } = testEngines(folder(t), { behaviour, limits, log });
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
    logged,
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
  await it.engine.ready();
  const stopped = it.engine.stop();
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

t.test('one that is to stop has so long, whatever it still says', async (t) => {
  for (const behaviour of [{ deaf: true }, { deaf: true, report_ms: 10 }]) {
    const it = engine(t, behaviour, { stop_ms: 1_000 });
    if ('report_ms' in behaviour) await it.engine.start(startMessage(t));
    await it.engine.stop(); // else while it loads
    t.match(await it.engine.ended, { said_so: false, reason: 'it did not stop in time' });
  }
});

t.test('whatever one writes into its channel is the end of it alone', async (t) => {
  for (const scribbles of [
    'nonsense\n',
    'null\n',
    '[[[[\n',
    '\u0000\u0001\n',
    // Messages that Node keeps for itself
    '{"cmd":"NODE_HANDLE","type":"net.Socket"}\n',
    '{"cmd":"NODE_HANDLE_ACK"}\n',
    '{"cmd":"NODE_CLUSTER"}\n',
  ]) {
    const it = engine(t, { scribbles }, {});
    await it.engine.start(startMessage(t));
    t.match(await it.engine.ended, { said_so: false, reason: /^it sent a malformed message/ }, scribbles);
  }
});

t.test('a message without an end is read no further than the longest one goes', async (t) => {
  const it = engine(t, { endless: true }, {});
  await it.engine.start(startMessage(t));
  t.match(await it.engine.ended, { said_so: false, reason: 'it sent a message that is too long' });
});

t.test('half a message is none', async (t) => {
  const it = engine(t, { scribbles: '{"type":"stats"', alone: true }, {});
  await it.engine.start(startMessage(t));
  process.kill(it.engine.pid as number, 'SIGKILL');
  t.match(await it.engine.ended, { said_so: false, reason: 'it died of SIGKILL' });
});

t.test('an engine that prints much fills no log', async (t) => {
  const prints = ['x'.repeat(50_000), ...Array.from({ length: 3000 }, (_, line) => `line ${line}`)];
  const it = engine(t, { prints }, {});
  await it.engine.start(startMessage(t));
  await it.moreReports(2);
  await it.engine.stop();
  const lines = it.logged.filter(({ event }) => event === 'engine_output').map(({ msg }) => msg);
  t.equal(lines[0], `engine: ${'x'.repeat(1000)}`, 'of a long line the beginning');
  t.ok(lines.length > 100 && lines.length < 600, `${lines.length} lines`);
  t.match(lines.at(-1), /left out/);
});
