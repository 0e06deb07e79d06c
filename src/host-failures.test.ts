import t from 'tap';
import { PunktfunkError } from './errors.ts';
import { attributeOf, rtspRequest, textOf } from './gamestream/test-client.ts';

import { converse, launch, paired, run, until } from './test-host.ts';

t.test('a launch that nobody follows', async (t) => {
  const running = await run(t, { limits: { launch_ms: 50 } });
  const client = await paired(t, running);
  await launch(client);
  await until(running, ({ sessions, apps }) => sessions.length + apps.length === 0);
  t.equal(await rtspRequest(running.port + 21, 'OPTIONS / RTSP/1.0\r\nCSeq: 1\r\n\r\n'), '');
});

t.test('a stream whose client never connects', async (t) => {
  const running = await run(t, { engine: { alone: true }, limits: { launch_ms: 1500 } });
  const client = await paired(t, running);
  await launch(client);
  t.equal((await converse(running)).length, 7);
  await until(running, ({ sessions, apps }) => sessions.length + apps.length === 0);
  t.match(running.told().at(-1), { type: 'stop', farewell: 'none' });
});

t.test('the same client takes its own place', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  await launch(client);
  await converse(running);
  await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
  t.equal(textOf(await launch(client, '/resume'), 'resume'), '1');
  t.equal((await running.host.service.status()).sessions[0]?.phase, 'launched');
  t.equal((await converse(running)).length, 7);
});

t.test('an engine that dies is started again with the same message', async (t) => {
  const running = await run(t, { engine: { dies: [1] } });
  const client = await paired(t, running);
  await launch(client);
  t.equal((await converse(running)).length, 7);
  await until(running, ({ sessions: [session] }) => session?.engine.restarts === 1);
  await until(running, () => running.told().length === 2);
  const [first, second] = running.told();
  t.equal(second?.life, 2);
  t.same({ ...second, life: 1 }, first);
  t.equal(textOf(await client.https('/serverinfo'), 'PairStatus'), '1', 'the host answers meanwhile');
});

t.test('an engine that dies again and again ends the stream, and the client is told', async (t) => {
  const running = await run(t, { engine: { dies: [1, 2, 3] } });
  const client = await paired(t, running);
  await launch(client);
  await converse(running);
  await until(running, ({ sessions }) => sessions.length === 0);
  const told = running.told();
  t.equal(told.filter(({ type }) => type === 'start').length, 4, 'three lives and a messenger');
  t.match(told.at(-2), { type: 'start', life: 4, video: { target: { kind: 'synthetic' } }, audio: null, input: null });
  t.match(told.at(-1), { type: 'stop', farewell: 'failed' });
  t.equal(textOf(await launch(client, '/resume'), 'resume'), '1', 'the next one works');
});

for (const [name, engine, limits, reply] of [
  ['fails to start', { fails: 'No encoder is installed. Run: apt-get install libx264-dev' }, {}, /^RTSP\/1.0 503 /],
  ['talks nonsense', { babbles: 'nonsense' }, {}, /^RTSP\/1.0 /],
  // A busy machine may take seconds for what it sends.
  ['floods', { babbles: 'flood' }, { messages_a_second: 20 }, /^RTSP\/1.0 /],
  ['falls silent', { silent: true }, { silence_ms: 300 }, /^RTSP\/1.0 200 /],
] as const) {
  t.test(`an engine that ${name}`, async (t) => {
    const running = await run(t, { engine, engine_limits: limits });
    const client = await paired(t, running);
    await launch(client);
    t.match((await converse(running)).at(-1), reply);
    await until(running, ({ sessions }) => sessions.length === 0);
    t.equal(textOf(await client.https('/serverinfo'), 'PairStatus'), '1');
  });
}

t.test('an engine that does not load, and one that does not stop', async (t) => {
  const stuck = await run(t, { engine: { stuck: true }, engine_limits: { load_ms: 200 } });
  const client = await paired(t, stuck);
  await launch(client);
  await until(stuck, ({ sessions }) => sessions.length === 0);

  const deaf = await run(t, { engine: { deaf: true }, engine_limits: { stop_ms: 200 } });
  const other = await paired(t, deaf);
  await launch(other);
  await converse(deaf);
  t.equal(textOf(await other.https('/cancel'), 'cancel'), '1');
});

t.test('a desktop that refuses the mode', async (t) => {
  const refused = new PunktfunkError('DISPLAY_MODE_REFUSED', { mode: '1280x720', reason: 'it has no such mode' });
  const running = await run(t, { display: { lease: () => Promise.reject(refused) } });
  const client = await paired(t, running);
  await launch(client);
  t.match((await converse(running)).at(-1), /^RTSP\/1.0 503 /);
  await until(running, ({ sessions, apps }) => sessions.length + apps.length === 0);
});

t.test('a desktop that hangs keeps nobody out', async (t) => {
  const never = () => new Promise<never>(() => {});
  const running = await run(t, { display: { lease: never }, limits: { launch_ms: 300, restore_ms: 100 } });
  const client = await paired(t, running);
  await launch(client);
  t.match((await converse(running)).at(-1), /^RTSP\/1.0 |^$/);
  await until(running, ({ sessions, apps }) => sessions.length + apps.length === 0);
  t.equal(textOf(await launch(client), 'gamesession'), '1');
});

t.test('a desktop that goes away ends the stream and is opened again', async (t) => {
  let gone: (sentence: string) => void = () => {};
  const running = await run(t, { display: { onGone: (listener) => (gone = listener) } });
  const client = await paired(t, running);
  await launch(client);
  await converse(running);
  await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
  gone('sway ended');
  await until(running, ({ sessions, display }) => sessions.length === 0 && display === null);
  t.match(running.told().at(-1), { type: 'stop', farewell: 'failed' });
  t.match(textOf(await client.http('/serverinfo'), 'state'), /_SERVER_FREE$/, 'and so did the application');
  t.match(attributeOf(await launch(client, '/resume'), 'status_message'), /^Nothing is running/);
  t.equal(textOf(await launch(client), 'gamesession'), '1');
  t.not((await running.host.service.status()).display, null);
});
