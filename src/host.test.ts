import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { loadConfig, type TextSettings } from './config/load.ts';
import { package_root } from './config/paths.ts';
import type { Display } from './display/display.ts';
import { PunktfunkError } from './errors.ts';
import { attributeOf, rtspRequest, TestClient, textOf } from './gamestream/test-client.ts';
import { rtsp_recording } from './gamestream/testdata/load.ts';
import { type Host, openHost } from './host.ts';
import { HostClient } from './management/client.ts';
import type { ClientSummary, Status } from './management/schema.ts';
import { EngineProcess, engine_limits } from './session/engine-process.ts';
import { session_limits } from './session/session.ts';
import { syntheticDisplay } from './session/synthetic-display.ts';
import { freeBasePort } from './test-ports.ts';

t.setTimeout(120_000);
const log = pino({ level: process.env.TEST_LOG ?? 'silent' });

interface Running {
  host: Host;
  port: number;
  data_dir: string;
  runtime_dir: string;
  api: HostClient;
  modes: string[];
  /** What the engines were told, in order. */
  told(): { type: string; life: number; [name: string]: unknown }[];
}

interface Setting {
  engine?: object;
  settings?: TextSettings;
  limits?: Partial<typeof session_limits>;
  engine_limits?: Partial<typeof engine_limits>;
  display?: Partial<Display>;
}

async function run(
  t: Test,
  { engine = {}, settings = {}, limits, engine_limits: of_engine, display: of_display }: Setting = {},
): Promise<Running> {
  const base = mkdtempSync(join(tmpdir(), 'pf-host-'));
  const data_dir = base;
  const port = await freeBasePort();
  const config = loadConfig(
    data_dir,
    { base_port: String(port), bind: '127.0.0.1', discovery: 'false', ...settings },
    {},
  );
  const modes: string[] = [];
  const display = {
    ...syntheticDisplay(),
    setMode: async (mode: { width: number; height: number; refresh_mhz: number }) => {
      modes.push(`${mode.width}x${mode.height}@${mode.refresh_mhz}`);
    },
    restoreMode: async () => {
      modes.push('restored');
    },
    ...of_display,
  };
  const engine_log = join(base, 'engine.log');
  const host = await openHost({
    config,
    log,
    runtime_dir: base,
    module_dir: '/nowhere',
    app_environment: { PATH: process.env.PATH },
    openDisplay: async () => display,
    makeEngine: (_, onMessage) =>
      new EngineProcess(
        {
          exec_path: process.execPath,
          module_path: join(package_root, 'src/session/fake-engine.ts'),
          environment: { FAKE_ENGINE: JSON.stringify(engine), FAKE_ENGINE_LOG: engine_log },
          log,
          limits: { ...engine_limits, ...of_engine },
        },
        onMessage,
      ),
    session_limits: { ...session_limits, ...limits },
  });
  t.teardown(async () => {
    await host.close();
    rmSync(base, { recursive: true, force: true });
  });
  return {
    host,
    port,
    data_dir,
    runtime_dir: base,
    api: new HostClient(data_dir),
    modes,
    told: () =>
      existsSync(engine_log)
        ? readFileSync(engine_log, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line))
        : [],
  };
}

/** Polls the host until `holds`, for at most 10 s. */
async function until(running: Running, holds: (status: Status) => boolean): Promise<Status> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const status = await running.host.status();
    if (holds(status)) return status;
    if (performance.now() > deadline) throw new Error(`not reached: ${JSON.stringify(status)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function paired(t: Test, running: Running, name = 'a client'): Promise<TestClient> {
  const client = new TestClient(running.port);
  t.teardown(() => client.close());
  const pairing = client.pair('1234');
  await until(running, (status) => status.waiting_to_pair.length > 0);
  await running.api.post('/v1/pair', { pin: '1234', name });
  if ((await pairing) !== 'paired') throw new Error('not paired');
  return client;
}

const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const launch_parameters = {
  rikey: key.toString('hex'),
  rikeyid: '-5',
  mode: '1280x720x60',
  localAudioPlayMode: '0',
  corever: '1',
};

async function launch(client: TestClient, path = '/launch'): Promise<string> {
  const appid = textOf(await client.https('/applist'), 'ID') ?? '';
  return client.https(path, { appid, ...launch_parameters });
}

/** The recorded conversation of a stock client, told to this host; returns the replies. */
async function converse(running: Running, edit = (text: string) => text, sealed = true): Promise<string[]> {
  const recorded = rtsp_recording.sessions.find((session) => session.encrypted === sealed);
  const replies: string[] = [];
  let token = '';
  for (const [index, { request }] of (recorded?.messages ?? []).entries()) {
    const text = edit(request.replace(/^Session: .*$/m, `Session: ${token}`));
    const fixed = text.replace(
      /Content-length: \d+/,
      () => `Content-length: ${text.length - text.indexOf('\r\n\r\n') - 4}`,
    );
    const reply = await rtspRequest(running.port + 21, fixed, sealed ? key : undefined, index + 1);
    token = /^Session: (.*?);/m.exec(reply)?.[1] ?? token;
    replies.push(reply);
    if (!reply.startsWith('RTSP/1.0 200 ')) break;
  }
  return replies;
}

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
  await t.rejects(running.api.post('/v1/pair', { pin: '2222' }), { code: 'PAIRING_FAILED', message: /probably wrong/ });
  t.equal(await wrong, 'wrong_pin');
  t.same(await running.api.get('/v1/clients'), []);
  t.equal(attributeOf(await client.https('/applist'), 'status_code'), '401');

  const right = client.pair('4321');
  await until(running, (status) => status.waiting_to_pair.length === 1);
  const { id } = await running.api.post<ClientSummary>('/v1/pair', { pin: '4321', name: 'Tablet' });
  t.equal(await right, 'paired');
  t.match(await running.api.get('/v1/clients'), [{ id, name: 'Tablet', streaming: false }]);
  t.equal(textOf(await client.https('/serverinfo'), 'PairStatus'), '1');
  t.equal(textOf(await client.http('/serverinfo'), 'PairStatus'), '0');

  const stranger = new TestClient(running.port);
  t.teardown(() => stranger.close());
  t.equal(attributeOf(await stranger.https('/applist'), 'status_code'), '401', 'another certificate of the same name');

  await client.http('/unpair');
  t.equal(textOf(await client.https('/serverinfo'), 'PairStatus'), '1', '/unpair takes nothing from a paired client');
  await running.api.delete(`/v1/clients/${id}`);
  t.equal(
    attributeOf(await client.https('/serverinfo'), 'status_code'),
    '401',
    'on the same connection, from the next request on',
  );
  await t.rejects(running.api.delete(`/v1/clients/${id}`), { code: 'CLIENT_UNKNOWN' });
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

  const status = await until(running, ({ session }) => session?.phase === 'streaming' && session.stats !== null);
  t.match(status.session, {
    client: { name: 'Tablet', address: '127.0.0.1' },
    video: { width: 1280, height: 720, fps: 60, encoder: 'fake' },
  });
  t.same(running.modes, ['1280x720@60000']);
  const [start] = running.told();
  t.match(start, {
    type: 'start',
    life: 1,
    key_hex: key.toString('hex'),
    rikey_id: 0xffff_fffb,
    video_port: running.port + 9,
    client_address: '127.0.0.1',
    ping_payload: /X-SS-Ping-Payload: (.{16})/.exec(audio)?.[1],
    target: { kind: 'synthetic' },
    control: {
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
  t.match(running.told().at(-1), { type: 'stop', termination_reason: 0x8003_0023 });
  t.same(running.modes, ['1280x720@60000', 'restored']);
  t.notOk(existsSync(String(start?.checkpoint_path)), 'the checkpoint is gone');
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
  await until(running, ({ session }) => session?.phase === 'streaming');
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
  const status = await until(running, ({ session }) => session === null);
  t.equal(status.app?.title, 'Desktop', 'the application goes on');
  t.match(textOf(await client.http('/serverinfo'), 'state'), /_SERVER_BUSY$/);
  t.match(attributeOf(await launch(client), 'status_message'), /Desktop is already running/);
  const resumed = await launch(client, '/resume');
  t.equal(textOf(resumed, 'resume'), '1');
  t.equal((await converse(running)).length, 7);
  t.equal(running.told().filter(({ type }) => type === 'start').length, 2);
});

t.test('a launch that nobody follows', async (t) => {
  const running = await run(t, { limits: { launch_ms: 50 } });
  const client = await paired(t, running);
  await launch(client);
  await until(running, ({ session, app }) => session === null && app === null);
  t.equal(await rtspRequest(running.port + 21, 'OPTIONS / RTSP/1.0\r\nCSeq: 1\r\n\r\n'), '');
});

t.test('a stream whose client never connects', async (t) => {
  const running = await run(t, { engine: { alone: true }, limits: { launch_ms: 1500 } });
  const client = await paired(t, running);
  await launch(client);
  t.equal((await converse(running)).length, 7);
  await until(running, ({ session, app }) => session === null && app === null);
  t.match(running.told().at(-1), { type: 'stop', termination_reason: 0 });
});

t.test('the same client takes its own place', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  await launch(client);
  await converse(running);
  await until(running, ({ session }) => session?.phase === 'streaming');
  t.equal(textOf(await launch(client, '/resume'), 'resume'), '1');
  t.equal((await running.host.status()).session?.phase, 'launched');
  t.equal((await converse(running)).length, 7);
});

t.test('an engine that dies is started again with the same message', async (t) => {
  const running = await run(t, { engine: { dies: [1] } });
  const client = await paired(t, running);
  await launch(client);
  t.equal((await converse(running)).length, 7);
  await until(running, ({ session }) => session?.engine.restarts === 1);
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
  await until(running, ({ session }) => session === null);
  const told = running.told();
  t.equal(told.filter(({ type }) => type === 'start').length, 4, 'three lives and a messenger');
  t.match(told.at(-2), { type: 'start', life: 4, target: { kind: 'synthetic' }, audio: null, input: null });
  t.match(told.at(-1), { type: 'stop', termination_reason: 0x8000_4005 });
  t.equal(textOf(await launch(client, '/resume'), 'resume'), '1', 'the next one works');
});

for (const [name, engine, limits, reply] of [
  ['fails to start', { fails: 'No encoder is installed. Run: apt-get install libx264-dev' }, {}, /^RTSP\/1.0 503 /],
  ['talks nonsense', { babbles: 'nonsense' }, {}, /^RTSP\/1.0 /],
  ['floods', { babbles: 'flood' }, {}, /^RTSP\/1.0 /],
  ['falls silent', { silent: true }, { silence_ms: 300 }, /^RTSP\/1.0 200 /],
] as const) {
  t.test(`an engine that ${name}`, async (t) => {
    const running = await run(t, { engine, engine_limits: limits });
    const client = await paired(t, running);
    await launch(client);
    t.match((await converse(running)).at(-1), reply);
    await until(running, ({ session }) => session === null);
    t.equal(textOf(await client.https('/serverinfo'), 'PairStatus'), '1');
  });
}

t.test('an engine that does not load, and one that does not stop', async (t) => {
  const stuck = await run(t, { engine: { stuck: true }, engine_limits: { load_ms: 200 } });
  const client = await paired(t, stuck);
  await launch(client);
  await until(stuck, ({ session }) => session === null);

  const deaf = await run(t, { engine: { deaf: true }, engine_limits: { stop_ms: 200 } });
  const other = await paired(t, deaf);
  await launch(other);
  await converse(deaf);
  t.equal(textOf(await other.https('/cancel'), 'cancel'), '1');
});

t.test('a desktop that refuses the mode', async (t) => {
  const refused = new PunktfunkError('DISPLAY_MODE_REFUSED', { mode: '1280x720', reason: 'it has no such mode' });
  const running = await run(t, { display: { setMode: () => Promise.reject(refused) } });
  const client = await paired(t, running);
  await launch(client);
  t.match((await converse(running)).at(-1), /^RTSP\/1.0 503 /);
  await until(running, ({ session, app }) => session === null && app === null);
});

t.test('a desktop that hangs keeps nobody out', async (t) => {
  const never = () => new Promise<void>(() => {});
  const running = await run(t, { display: { setMode: never }, limits: { launch_ms: 300, restore_ms: 100 } });
  const client = await paired(t, running);
  await launch(client);
  t.match((await converse(running)).at(-1), /^RTSP\/1.0 |^$/);
  await until(running, ({ session, app }) => session === null && app === null);
  t.equal(textOf(await launch(client), 'gamesession'), '1');
});

t.test('a desktop that goes away ends the stream and is opened again', async (t) => {
  let gone: (sentence: string) => void = () => {};
  const running = await run(t, { display: { onGone: (listener) => (gone = listener) } });
  const client = await paired(t, running);
  await launch(client);
  await converse(running);
  await until(running, ({ session }) => session?.phase === 'streaming');
  gone('sway ended');
  await until(running, ({ session, display }) => session === null && display === null);
  t.match(running.told().at(-1), { type: 'stop', termination_reason: 0x8000_4005 });
  t.equal(textOf(await launch(client, '/resume'), 'resume'), '1');
  t.not((await running.host.status()).display, null);
});

t.test('unpairing ends the stream', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  await launch(client);
  await converse(running);
  await until(running, ({ session }) => session?.phase === 'streaming');
  const [{ id } = { id: '' }] = await running.api.get<ClientSummary[]>('/v1/clients');
  t.match(await running.api.delete(`/v1/clients/${id}`), { streaming: true });
  t.equal((await running.host.status()).session, null);
});

t.test('one host a data directory, one program a port', async (t) => {
  const running = await run(t);
  const again = (data_dir: string, port: number) =>
    openHost({
      config: loadConfig(data_dir, { base_port: String(port), bind: '127.0.0.1', discovery: 'false' }, {}),
      log,
      runtime_dir: running.runtime_dir,
      module_dir: '',
      app_environment: {},
      openDisplay: async () => syntheticDisplay(),
      makeEngine: () => {
        throw new Error('not reached');
      },
    });
  await t.rejects(again(running.data_dir, await freeBasePort()), {
    code: 'ALREADY_RUNNING',
    message: new RegExp(String(process.pid)),
  });
  const other = mkdtempSync(join(tmpdir(), 'pf-host-'));
  t.teardown(() => rmSync(other, { recursive: true }));
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
