import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { LiveConfig } from './config/live.ts';
import { syntheticDisplay } from './display/drivers/synthetic.ts';
import { attributeOf, rtspRequest, TestClient, textOf } from './gamestream/test-client.ts';
import { openHost } from './host.ts';
import { LogRing } from './log-ring.ts';
import type { ClientSummary } from './management/schema/clients.ts';
import { testCapabilities } from './session/test-capabilities.ts';
import { folder } from './test-folder.ts';
import { converse, key, launch, launch_parameters, log, paired, run, until } from './test-host.ts';
import { freeBasePort } from './test-ports.ts';

t.test('an unknown client', async (t) => {
  const running = await run(t, { settings: { name: 'A & <B>' } });
  const client = new TestClient(running.port);
  t.teardown(() => client.close());
  const info = await client.http('/serverinfo');
  t.equal(attributeOf(info, 'status_code'), '200');
  t.equal(textOf(info, 'hostname'), 'A &amp; &lt;B&gt;');
  t.equal(textOf(info, 'appversion'), '7.1.431.-1');
  t.equal(textOf(info, 'PairStatus'), '0');
  t.equal(textOf(info, 'HttpsPort'), String(running.port - 5));
  t.equal(textOf(info, 'mac'), '00:00:00:00:00:00');
  t.match(textOf(info, 'state'), /_SERVER_FREE$/);
  t.notMatch(info, />\s+</, 'no white space between elements');
  for (const path of ['/serverinfo', '/applist', '/launch', '/resume', '/cancel', '/appasset', '/pair']) {
    const answer = await client.https(path);
    t.equal(attributeOf(answer, 'status_code'), '401', path);
  }
  for (const path of ['/applist', '/launch', '/cancel'])
    t.equal(attributeOf(await client.http(path), 'status_code'), '404', `${path} over HTTP`);
  t.equal(attributeOf(await client.http('/unpair'), 'status_code'), '200');
  t.equal(attributeOf(await client.http('/pair', { phrase: 'pairchallenge' }), 'status_code'), '400');
  t.equal(
    await rtspRequest(running.port + 21, 'OPTIONS / RTSP/1.0\r\nCSeq: 1\r\n\r\n'),
    '',
    'RTSP without a launch is closed',
  );
});

t.test('pairing', async (t) => {
  const running = await run(t);
  const client = new TestClient(running.port);
  t.teardown(() => client.close());

  const wrong = client.pair('1111');
  await until(running, (status) => status.waiting_to_pair.length === 1);
  await t.rejects(running.api.post('/api/v1/pairing/approve', { pin: '2222' }), {
    code: 'PAIRING_FAILED',
    message: /probably wrong/,
  });
  t.equal(await wrong, 'wrong_pin');
  t.same(await running.api.get('/api/v1/clients'), []);
  t.equal(attributeOf(await client.https('/applist'), 'status_code'), '401');

  const right = client.pair('4321');
  await until(running, (status) => status.waiting_to_pair.length === 1);
  const { id } = await running.api.post<ClientSummary>('/api/v1/pairing/approve', { pin: '4321', name: 'Tablet' });
  t.equal(await right, 'paired');
  t.match(await running.api.get('/api/v1/clients'), [{ id, name: 'Tablet', streaming: false }]);
  t.equal(textOf(await client.https('/serverinfo'), 'PairStatus'), '1');
  t.equal(textOf(await client.http('/serverinfo'), 'PairStatus'), '0');

  const stranger = new TestClient(running.port);
  t.teardown(() => stranger.close());
  t.equal(attributeOf(await stranger.https('/applist'), 'status_code'), '401', 'another certificate of the same name');

  await client.http('/unpair');
  t.equal(textOf(await client.https('/serverinfo'), 'PairStatus'), '1', '/unpair takes nothing from a paired client');
  await running.api.delete(`/api/v1/clients/${id}`);
  t.equal(
    attributeOf(await client.https('/serverinfo'), 'status_code'),
    '401',
    'on the same connection, from the next request on',
  );
  await t.rejects(running.api.delete(`/api/v1/clients/${id}`), { code: 'CLIENT_UNKNOWN' });
});

t.test('applications', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  const list = await client.https('/applist');
  t.match(
    list,
    /<root status_code="200"><App><IsHdrSupported>0<\/IsHdrSupported><AppTitle>Desktop<\/AppTitle><ID>\d+<\/ID><\/App><\/root>$/,
  );
  const appid = textOf(list, 'ID') ?? '';
  const art = await client.bytes('/appasset', { appid, AssetType: '2', AssetIdx: '0' });
  t.equal(art.subarray(1, 4).toString(), 'PNG');
  t.equal(attributeOf((await client.bytes('/appasset', { appid: '1' })).toString(), 'status_code'), '404');
});

t.test('a stream from launch to quit', async (t) => {
  const running = await run(t);
  const client = await paired(t, running, 'Tablet');
  const answer = await launch(client);
  t.equal(textOf(answer, 'sessionUrl0'), `rtspenc://127.0.0.1:${running.port + 21}`);
  t.equal(textOf(answer, 'gamesession'), '1');
  t.match(textOf(await client.http('/serverinfo'), 'state'), /_SERVER_BUSY$/);

  const replies = await converse(running);
  t.equal(replies.length, 7);
  t.ok(replies.every((reply) => reply.startsWith('RTSP/1.0 200 OK\r\nCSeq: ')));
  const [, describe = '', audio = '', video = '', control = ''] = replies;
  t.match(describe, /a=x-ss-general.encryptionSupported:7/);
  t.match(audio, new RegExp(`Transport: server_port=${running.port + 11}\r\nX-SS-Ping-Payload: [0-9A-F]{16}\r\n`));
  t.match(video, new RegExp(`server_port=${running.port + 9}\r\n`));
  t.match(control, new RegExp(`server_port=${running.port + 10}\r\nX-SS-Connect-Data: [1-9]\\d*\r\n`));

  const status = await until(
    running,
    ({ sessions: [session] }) => session?.phase === 'streaming' && session.stats !== null,
  );
  t.match(status.sessions[0], {
    client: { name: 'Tablet', address: '127.0.0.1' },
    video: { width: 1280, height: 720, fps: 60, encoder: 'fake' },
  });
  t.same(running.modes, ['1280x720@60000']);
  const [start] = running.told();
  t.match(start, {
    type: 'start',
    life: 1,
    video: { target: { kind: 'synthetic' } },
    transport: {
      key_hex: key.toString('hex'),
      rikey_id: 0xffff_fffb,
      video_port: running.port + 9,
      client_address: '127.0.0.1',
      bind_address: '127.0.0.1',
      ping_payload: /X-SS-Ping-Payload: (.{16})/.exec(audio)?.[1],
      connect_data: Number(/X-SS-Connect-Data: (\d+)/.exec(control)?.[1]),
      require_connect_data: true,
      nonce_scheme: 'v2',
    },
  });
  t.equal(
    await rtspRequest(running.port + 21, 'OPTIONS / RTSP/1.0\r\nCSeq: 1\r\n\r\n'),
    '',
    'RTSP is closed while streaming',
  );

  const second = await paired(t, running, 'Phone');
  const refused = await launch(second);
  t.equal(attributeOf(refused, 'status_code'), '503');
  t.match(attributeOf(refused, 'status_message'), /^Tablet is streaming from this host\./);
  t.equal(textOf(refused, 'gamesession'), '0');
  t.equal(textOf(await launch(second, '/resume'), 'resume'), '0');

  t.equal(textOf(await client.https('/cancel'), 'cancel'), '1');
  t.match(textOf(await client.http('/serverinfo'), 'state'), /_SERVER_FREE$/, 'free before the reply to /cancel');
  t.match(running.told().at(-1), { type: 'stop', farewell: 'graceful' });
  t.same(running.modes, ['1280x720@60000', 'restored']);
  t.notOk(existsSync(String(start?.checkpoint_path)), 'the checkpoint is gone');

  // Lists are told when they can be read: a recording in its own time.
  const events = running.events.filter(({ type }) => type !== 'list');
  const [, , tablet] = events;
  t.match(
    events.map(({ type, step }) => `${type} ${step}`),
    [
      'display opened',
      'pairing waiting',
      'pairing paired',
      'session launched',
      'display leased',
      'session connected',
      'session streaming',
      'pairing waiting',
      'pairing paired',
      'session ended',
      'display released',
    ],
    'and whoever listens has heard of all of it',
  );
  t.match(tablet, { client: { name: 'Tablet' } });
  t.match(events.at(-2), { session: { client: { name: 'Tablet' }, app: { title: 'Desktop' } } });
  t.notMatch(JSON.stringify(running.events), key.toString('hex'), 'but the key');
});

t.test('the program of an application', async (t) => {
  const marks = folder(t);
  const started = join(marks, 'started');
  const child = join(marks, 'child');
  const script = `sleep 600 & echo $! > ${child}; echo yes > ${started}; wait`;
  const running = await run(t, {
    apps: [
      { title: 'Program', command: ['sh', '-c', script] },
      { title: 'Nothing', command: ['pf-no-such-program'] },
    ],
  });
  const client = await paired(t, running);
  const ids = [...(await client.https('/applist')).matchAll(/<ID>(\d+)<\/ID>/g)].map((match) => match[1] ?? '');
  const refused = await client.https('/launch', { appid: ids[1] ?? '', ...launch_parameters });
  t.match(
    attributeOf(refused, 'status_message'),
    /^Nothing could not be started: pf-no-such-program is not installed\./,
  );

  await launch(client);
  t.notOk(existsSync(started), 'not before the desktop has the mode of the client');
  await converse(running);
  await until(running, () => existsSync(started));
  t.same(running.modes, ['1280x720@60000']);
  const pid = Number(readFileSync(child, 'utf8'));
  t.ok(process.kill(pid, 0), 'what it started runs');
  await client.https('/cancel');
  await until(running, () => !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
  t.pass('and ends with it');
});

t.test('clear RTSP for clients without corever', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  const appid = textOf(await client.https('/applist'), 'ID') ?? '';
  const { corever: _, ...old } = launch_parameters;
  const answer = await client.https('/launch', { appid, ...old });
  t.match(textOf(answer, 'sessionUrl0'), /^rtsp:\/\//);
  const port = running.port + 21;
  t.match(await rtspRequest(port, 'nonsense\r\n\r\n'), /^RTSP\/1.0 400 Bad Request\r\n/);
  t.match(
    await rtspRequest(port, 'PLAY / RTSP/1.0\r\nCSeq: 9\r\n\r\n'),
    /^RTSP\/1.0 455 [^\r]+\r\nCSeq: 9\r\n/,
    'PLAY before ANNOUNCE',
  );
  t.match(await rtspRequest(port, 'SETUP streamid=mic/0/0 RTSP/1.0\r\nCSeq: 1\r\n\r\n'), /^RTSP\/1.0 404 /);
  t.match(await rtspRequest(port, 'PLAY / RTSP/1.0\r\nCSeq: 1\r\nSession: other\r\n\r\n'), /^RTSP\/1.0 454 /);
  t.equal((await converse(running, undefined, false)).length, 7, 'the launch is still good after all that');
  await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
});

t.test('sealed RTSP takes nothing else', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  await launch(client);
  const port = running.port + 21;
  const options = 'OPTIONS / RTSP/1.0\r\nCSeq: 1\r\n\r\n';
  t.equal(await rtspRequest(port, options), '', 'clear');
  t.equal(await rtspRequest(port, options, Buffer.alloc(16)).catch(() => ''), '', 'another key');
  t.match(await rtspRequest(port, options, key, 5), /^RTSP\/1.0 200 OK/);
  t.equal(await rtspRequest(port, options, key, 5), '', 'the same number again');
});

t.test('a phone at its native size', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  const appid = textOf(await client.https('/applist'), 'ID') ?? '';
  const answer = await client.https('/launch', { appid, ...launch_parameters, mode: '1125x2436x59.94' });
  t.equal(textOf(answer, 'gamesession'), '1');
  const odd = (text: string) =>
    text
      .replace('clientViewportWd:1280', 'clientViewportWd:1125')
      .replace('clientViewportHt:720', 'clientViewportHt:2436');
  t.equal((await converse(running, odd)).length, 7);
  const {
    sessions: [session],
  } = await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
  t.match(session?.video, { width: 1124, height: 2436 });
  t.same(running.modes, ['1124x2436@60000'], 'the desktop gets the size that is streamed');
});

t.test('what ANNOUNCE may not ask', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  const announce = async (edit: (text: string) => string) => {
    t.equal(textOf(await launch(client), 'gamesession'), '1');
    return (await converse(running, edit)).at(-1) ?? '';
  };
  t.match(await announce((text) => text.replace('clientViewportWd:1280', 'clientViewportWd:20000')), /^RTSP\/1.0 400 /);
  t.match(await announce((text) => text.replace('maxFPS:60', 'maxFPS:10000')), /^RTSP\/1.0 400 /);
  t.match(await announce((text) => text.replace('bitStreamFormat:0', 'bitStreamFormat:1')), /^RTSP\/1.0 403 /);
  t.match(await announce((text) => text.replace('useReliableUdp:13', 'useReliableUdp:0')), /^RTSP\/1.0 403 /);
  t.match(await announce((text) => text.replace(/a=x-nv-video\[0\]\.packetSize.*\r\n/, '')), /^RTSP\/1.0 400 /);
  t.same(
    running.told().filter(({ type }) => type === 'start'),
    [],
    'no engine was started for it',
  );
});

t.test('encryption that is required', async (t) => {
  const running = await run(t, { settings: { encryption: 'required' } });
  const client = await paired(t, running);
  await launch(client);
  t.match(
    (await converse(running, (text) => text.replace(/encryptionEnabled:\d/, 'encryptionEnabled:1'))).at(-1),
    /^RTSP\/1.0 403 /,
  );
  await launch(client);
  t.equal((await converse(running, (text) => text.replace(/encryptionEnabled:\d/, 'encryptionEnabled:7'))).length, 7);
});

t.test('the client leaves, and resumes', async (t) => {
  const running = await run(t, { engine: { ends: 'client_quit' } });
  const client = await paired(t, running);
  t.equal(attributeOf(await launch(client, '/resume'), 'status_code'), '503', 'nothing to resume');
  await launch(client);
  t.equal((await converse(running)).length, 7);
  const status = await until(running, ({ sessions }) => sessions.length === 0);
  t.equal(status.apps[0]?.title, 'Desktop', 'the application goes on');
  t.match(textOf(await client.http('/serverinfo'), 'state'), /_SERVER_BUSY$/);
  t.match(attributeOf(await launch(client), 'status_message'), /Desktop is already running/);
  const resumed = await launch(client, '/resume');
  t.equal(textOf(resumed, 'resume'), '1');
  t.equal((await converse(running)).length, 7);
  t.equal(running.told().filter(({ type }) => type === 'start').length, 2);
});

t.test('a client that was paired has closed the first visit of the console, though it is unpaired', async (t) => {
  const running = await run(t, { settings: { first_visit_minutes: '15' } });
  const { access, clients } = running.host.service;
  t.ok(access.firstVisit('10.0.0.1') > 0);
  await paired(t, running);
  for (const { id } of clients.list()) await clients.unpair(id);
  t.same(clients.list(), []);
  t.equal(access.firstVisit('10.0.0.1'), 0);
});

t.test('unpairing ends the stream', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  await launch(client);
  await converse(running);
  await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
  const [{ id } = { id: '' }] = await running.api.get<ClientSummary[]>('/api/v1/clients');
  t.match(await running.api.delete(`/api/v1/clients/${id}`), { streaming: true });
  t.equal((await running.host.service.status()).sessions.length, 0);
  t.match(running.events.at(-1), { type: 'pairing', step: 'unpaired', client: { id } });
});

t.test('unpairing holds against launches that wait for their turn', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  const launches = Array.from({ length: 10 }, () => launch(client));
  await until(running, ({ sessions }) => sessions.length > 0);
  const [{ id } = { id: '' }] = await running.api.get<ClientSummary[]>('/api/v1/clients');
  await running.api.delete(`/api/v1/clients/${id}`);
  t.equal((await running.host.service.status()).sessions.length, 0);
  const statuses = (await Promise.all(launches)).map((answer) => attributeOf(answer, 'status_code'));
  t.ok(statuses.includes('401'));
  const { sessions, apps } = await running.host.service.status();
  t.same({ sessions, apps }, { sessions: [], apps: [] });
  t.same(
    running.told().filter(({ type }) => type === 'start'),
    [],
  );
});

t.test('an application that ends leaves the host free', async (t) => {
  const end = join(folder(t), 'end');
  const running = await run(t, {
    apps: [{ title: 'Program', command: ['sh', '-c', `until [ -e ${end} ]; do sleep 0.05; done`] }],
    app_limits: { handed_over_ms: 0 },
  });
  const client = await paired(t, running);
  await launch(client);
  t.equal((await converse(running)).length, 7);
  writeFileSync(end, '');
  await until(running, ({ sessions, apps }) => sessions.length + apps.length === 0);
  t.match(running.told().at(-1), { type: 'stop', farewell: 'graceful' });
  t.match(textOf(await client.http('/serverinfo'), 'state'), /_SERVER_FREE$/);
});

t.test('a runtime directory that cannot be written', async (t) => {
  const running = await run(t, { runtime_dir: '/proc/nowhere' });
  const client = await paired(t, running);
  const answer = await launch(client);
  t.equal(attributeOf(answer, 'status_code'), '503');
  t.match(attributeOf(answer, 'status_message'), /^The runtime directory \/proc\/nowhere cannot be written: /);
  t.match(textOf(await client.http('/serverinfo'), 'state'), /_SERVER_FREE$/);
});

t.test('a host that can encode nothing says so at launch', async (t) => {
  const running = await run(t, { encoders: false });
  const client = await paired(t, running);
  const answer = await launch(client);
  t.equal(attributeOf(answer, 'status_code'), '503');
  t.match(attributeOf(answer, 'status_message'), /^This host has no encoder that works: fake: .* Run .*doctor/);
  t.equal(running.told().length, 0, 'no engine was begun');
});

t.test('one host a data directory, one program a port', async (t) => {
  const running = await run(t);
  const again = (data_dir: string, port: number) =>
    openHost({
      config: new LiveConfig(data_dir, { base_port: String(port), bind: '127.0.0.1', discovery: 'false' }, {}),
      log,
      logs: new LogRing(),
      runtime_dir: running.runtime_dir,
      module_dir: '',
      app_environment: {},
      openDisplay: async () => syntheticDisplay(),
      capabilities: async () => testCapabilities(),
      makeEngine: () => {
        throw new Error('not reached');
      },
      previews: { take: () => Promise.reject(new Error('not reached')), close: async () => {} },
    });
  await t.rejects(again(running.data_dir, await freeBasePort()), {
    code: 'ALREADY_RUNNING',
    message: new RegExp(String(process.pid)),
  });
  const other = folder(t);
  await t.rejects(again(other, running.port), { code: 'PORT_TAKEN', cure: /--base-port/ });
  await t.rejects(again(other, running.port + 5), {
    code: 'PORT_TAKEN',
    message: `Port ${running.port} (HTTPS, TCP) is taken by another program.`,
  });
  const free = await again(other, await freeBasePort());
  await free.close();
});

t.test('connections that say nothing do not keep the host from ending', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  await launch(client); // opens RTSP
  const sockets = [-5, 0, 21].map((offset) => connect(running.port + offset, '127.0.0.1'));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  const connected = sockets.map(
    (socket) => new Promise((resolve) => socket.on('error', () => {}).on('connect', resolve)),
  );
  await Promise.all(connected);
  const closed = sockets.map((socket) => new Promise((resolve) => socket.on('close', resolve)));
  await running.host.close();
  await Promise.all(closed);
  t.pass('it ended, and so did they');
});

t.test('a client that holds connections', async (t) => {
  const running = await run(t);
  const sockets = Array.from({ length: 60 }, () => connect(running.port, '127.0.0.1'));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  const closed = sockets.map((socket) => new Promise((resolve) => socket.on('error', () => {}).on('close', resolve)));
  await Promise.race(closed);
  await Promise.all(closed.slice(-30));
  t.pass('those beyond its share are closed at once');
  sockets[0]?.destroy();
  await closed[0];
  const client = new TestClient(running.port);
  t.teardown(() => client.close());
  t.equal(attributeOf(await client.http('/serverinfo'), 'status_code'), '200', 'it is answered again');
});
