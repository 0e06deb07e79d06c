// Listeners to a whole host: what they get, what they miss, and what those cost who do not read.

import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Check } from 'typebox/schema';
import { JournalEntry } from '../event-journal.ts';
import { SessionReport } from '../events.ts';
import { createLogger } from '../log.ts';
import { LogRing } from '../log-ring.ts';
import { eventually } from '../test-eventually.ts';
import { converse, launch, paired, run, until } from '../test-host.ts';
import { stream_limits } from './event-stream.ts';
import { listen } from './listen.ts';
import { Hello } from './schema/events.ts';

type Message = { type?: string; id?: string; gap?: boolean; message?: string } & Record<string, unknown>;

function ear(t: Test, path: string, last_id?: string) {
  const heard: Message[] = [];
  const leaving = new AbortController();
  const ended = listen(running.data_dir, { path: `/api/v1${path}`, last_id, signal: leaving.signal }, ({ data }) =>
    heard.push(JSON.parse(data)),
  );
  t.teardown(() => leaving.abort());
  return { heard, ended, leave: () => leaving.abort() };
}

const saysHello = ({ heard }: { heard: Message[] }) => eventually('hello', () => heard[0]?.type === 'hello');

const logs = new LogRing();
const log = createLogger({ level: 'debug', pretty: false, destination: { write: () => {} }, ring: logs });
/** One for all tests: a client is paired in the first, and streams from then on. */
const running = await run(t, { log, logs, engine: { report_ms: 50 } });

t.test('what happens is told in order; who was cut off goes on where he was', async (t) => {
  const first = ear(t, '/events');
  await saysHello(first);
  const client = await paired(t, running, 'Tablet');
  await eventually('paired', () => first.heard.some(({ step }) => step === 'paired'));
  first.leave();
  await first.ended;
  const last_id = first.heard.at(-1)?.id;
  await launch(client);
  await converse(running);
  await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
  const second = ear(t, '/events', last_id);
  await eventually('the stream', () => second.heard.some(({ step }) => step === 'streaming'));
  t.match(second.heard[0], { type: 'hello', gap: false, id: last_id });
  const told = [...first.heard, ...second.heard].filter(({ type }) => type !== 'hello');
  t.same(
    told.map(({ type, step }) => `${type} ${step}`),
    running.events.map(({ type, step }) => `${type} ${step}`).slice(-told.length),
  );
  for (const one of told) t.ok(Check(JournalEntry, one), JSON.stringify(one));
  t.ok(Check(Hello, first.heard[0]));
  const stranger = ear(t, '/events?after=00000000-7');
  await saysHello(stranger);
  t.match(stranger.heard[0], { gap: true, id: null });
  await eventually('all that is known', () => stranger.heard.length > told.length);
});

t.test('statistics have each picture while somebody watches, and no longer', async (t) => {
  /** What engines were told, each from its start on. */
  const asked = () =>
    running.told().flatMap(({ type, on }) => (type === 'watch_frames' ? [on] : type === 'start' ? [type] : []));
  const pictures = ({ heard }: { heard: Message[] }) => {
    const report = heard.at(-1);
    return Check(SessionReport, report) && report.statistics.frames?.length;
  };
  t.same(asked(), ['start'], 'nobody watched yet');
  const one = ear(t, '/statistics');
  await eventually('pictures', () => pictures(one));
  const other = ear(t, '/statistics');
  await eventually('pictures', () => pictures(other));
  t.same(asked(), ['start', true], 'once for both');
  const { sessions } = await running.host.service.status();
  process.kill(sessions[0]?.engine.pid ?? 0, 'SIGKILL');
  await eventually('its successor to be told', () => asked().length === 4);
  one.leave();
  await one.ended;
  other.heard.length = 0;
  await eventually('pictures of it', () => pictures(other));
  t.same(asked(), ['start', true, 'start', true], 'there is still another one');
  other.leave();
  await eventually('an end of it', () => asked().length === 5);
  t.same(asked(), ['start', true, 'start', true, false]);
});

t.test('the log is followed by level and text, and the latest of it looked through', async (t) => {
  const tail = ear(t, '/logs/stream?level=warn&text=disk');
  await saysHello(tail);
  log.info('the disk is fine');
  log.warn('something else');
  log.error({ event: 'full' }, 'the Disk is full');
  await eventually('the line', () => tail.heard.length === 2);
  t.match(tail.heard[1], { level: 'error', event: 'full', message: 'the Disk is full' });
  t.match(await running.api.get('/api/v1/logs?level=error&text=disk'), {
    entries: [{ event: 'full' }],
    newest_id: /-\d+$/,
  });
  await t.rejects(running.api.get('/api/v1/logs?level=loud'), { code: 'BAD_REQUEST' });
  await t.rejects(running.api.get('/api/v1/logs?count=0'), { code: 'BAD_REQUEST' });
  const all = JSON.stringify(await running.api.get('/api/v1/logs?count=5000'));
  const start = running.told().find(({ type }) => type === 'start');
  const { key_hex } = (start as { transport?: { key_hex?: string } }).transport ?? {};
  t.match(key_hex, /^[0-9a-f]{32}$/);
  t.notOk(all.includes(key_hex ?? ''), 'the key of the stream is not in it');
});

t.test('a listener that never reads is cut; who reads misses nothing', async (t) => {
  const reader = ear(t, '/logs/stream?text=told');
  await saysHello(reader);
  const deaf = connect(join(running.data_dir, 'host.sock'));
  t.teardown(() => deaf.destroy());
  const cut = new Promise((resolve) => deaf.once('error', resolve).once('end', resolve));
  deaf.write('GET /api/v1/logs/stream HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await once(deaf, 'readable'); // and never read
  for (let count = 0; count < 8_000; count++) {
    log.info({ filler: 'x'.repeat(500) }, 'told');
    if (count % 100 === 0) await new Promise(setImmediate); // others read meanwhile
  }
  await eventually('all of it', () => reader.heard.length === 8_001);
  deaf.resume();
  await cut;
  t.pass('it was cut');
});

t.test('a hundred listen at once; one more than there may be is told so', async (t) => {
  const many = Array.from({ length: stream_limits.listeners }, () => ear(t, '/logs/stream?text=told'));
  await Promise.all(many.map(saysHello));
  log.info('told to all');
  await Promise.all(many.map(({ heard }) => eventually('the line', () => heard.length === 2)));
  await t.rejects(ear(t, '/logs/stream').ended, { code: 'TOO_MANY_LISTENERS' });
  await t.rejects(ear(t, '/events').ended, { code: 'TOO_MANY_LISTENERS' });
  many[0]?.leave();
  await eventually('room for another', async () => {
    const one = ear(t, '/events');
    const refused = one.ended.then(
      () => false,
      () => false,
    );
    return Promise.race([refused, saysHello(one).then(() => true)]);
  });
});
