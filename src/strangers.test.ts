// What an unpaired machine, or a page in somebody's browser, gets from a whole host.

import { request as ask } from 'node:http';
import { connect } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { pino } from 'pino';
import t from 'tap';
import { describeStatus } from './commands/status.ts';
import { socketPath } from './config/paths.ts';
import { createHttpServers, type HttpPlane, type Route } from './gamestream/http.ts';
import { LaunchKeys } from './gamestream/launch.ts';
import { sealFrame } from './gamestream/rtsp/sealing.ts';
import { Strangers } from './gamestream/strangers.ts';
import { attributeOf, rtspRequest, TestClient, textOf } from './gamestream/test-client.ts';
import { converse, key, launch, launch_parameters, log, paired, type Running, run, until } from './test-host.ts';
import { makeIdentity } from './trust/identity.ts';

/** What each path is for. A new one has to be put in its place here. */
const public_paths = ['/serverinfo', '/pair', '/unpair'];
const paired_paths = ['/serverinfo', '/pair', '/applist', '/appasset', '/launch', '/resume', '/cancel'];

/** The paths as the servers have them. */
function routesOfHost(): readonly Route[] {
  const plane = { identity: makeIdentity(), strangers: new Strangers(log), launch_keys: new LaunchKeys(), log };
  return createHttpServers(plane as unknown as HttpPlane).routes;
}

const hostOf = (running: Running, server: Route['server']) => running.port - (server === 'https' ? 5 : 0);

/** Sends text as it is over TCP or TLS; resolves with what comes back until the end. */
function say(port: number, text: string, tls?: ConnectionOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const where = { port, host: '127.0.0.1' };
    const socket = tls ? connectTls({ ...where, rejectUnauthorized: false, ...tls }) : connect(where);
    socket.once(tls ? 'secureConnect' : 'connect', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (part: string) => {
      answer += part;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? undefined : reject(error)));
    socket.on('close', () => resolve(answer));
  });
}

t.test('every route of the host is for strangers or for paired clients', async (t) => {
  const routes = routesOfHost();
  const pathsOf = (server: Route['server']) =>
    routes.filter((route) => route.server === server).map(({ path }) => path);
  t.same(pathsOf('http').sort(), [...public_paths].sort(), 'in clear: what anybody may ask');
  t.same(pathsOf('https').sort(), [...paired_paths].sort(), 'the rest');
  const running = await run(t);
  const stranger = new TestClient(running.port);
  t.teardown(() => stranger.close());
  for (const path of pathsOf('https'))
    t.equal(attributeOf(await stranger.https(path), 'status_code'), '401', `${path} of a stranger`);
  for (const path of paired_paths.filter((path) => !public_paths.includes(path)))
    t.equal(attributeOf(await stranger.http(path), 'status_code'), '404', `${path} in clear`);
});

t.test('web pages', async (t) => {
  const running = await run(t);
  const tls = {};
  for (const header of ['Origin: http://evil.example', 'Referer: http://evil.example/', 'Sec-Fetch-Site: cross-site']) {
    for (const { server, path } of [...routesOfHost(), { server: 'http', path: '/nothing' } as const]) {
      const text = `GET ${path}?uniqueid=1 HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`;
      const answer = await say(hostOf(running, server), text, server === 'https' ? tls : undefined);
      t.equal(attributeOf(answer, 'status_code'), '403', `${server} ${path} with ${header}`);
    }
  }
  const client = new TestClient(running.port);
  t.teardown(() => client.close());
  const pairing = client.pair('1234');
  await until(running, ({ waiting_to_pair }) => waiting_to_pair.length === 1);
  const step = '/pair?uniqueid=0123456789ABCDEF&clientchallenge=00';
  await say(running.port, `GET ${step} HTTP/1.1\r\nHost: x\r\nOrigin: null\r\n\r\n`);
  await running.api.post('/api/v1/pairing/approve', { pin: '1234', name: 'Tablet' });
  t.equal(await pairing, 'paired', 'a page cannot end a pairing');
});

t.test('pipelined requests are not served, in clear or in TLS', async (t) => {
  const running = await run(t);
  const many = 'GET /serverinfo HTTP/1.1\r\nHost:\r\n\r\n'.repeat(1700);
  t.match(await say(running.port, many), /^(HTTP\/1.1 400 [^<]*)?$/);
  t.match(await say(running.port - 5, many, {}), /^(HTTP\/1.1 400 [^<]*)?$/);
});

t.test('what the framework refuses is the fault of who asked', async (t) => {
  const lines: { level: string; event: string }[] = [];
  const own = pino(
    { level: 'info', formatters: { level: (level) => ({ level }) } },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  const running = await run(t, { log: own });
  for (const head of [
    'QUERY / HTTP/1.1',
    'PROPFIND /serverinfo HTTP/1.1',
    'GET /%zz HTTP/1.1',
    'POST /pair HTTP/1.1',
  ]) {
    const answer = await say(running.port, `${head}\r\nHost: x\r\nContent-Type: a/b\r\nContent-Length: 0\r\n\r\n`);
    t.match(answer, /^HTTP\/1.1 200 /, head);
    t.match(attributeOf(answer, 'status_code'), /^4\d\d$/, head);
    t.notMatch(answer, /inside punktfunk/, head);
  }
  t.same(
    lines.filter(({ level }) => level === 'error'),
    [],
  );
});

t.test('strangers write a few lines, and the rest is counted', async (t) => {
  const lines: { event: string }[] = [];
  const own = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const running = await run(t, { log: own });
  t.notMatch(
    describeStatus(await running.host.service.status()).join('\n'),
    /strangers/,
    'nothing to say, nothing said',
  );
  for (let i = 0; i < 50; i++) {
    await say(running.port, 'GET /unpair HTTP/1.1\r\nHost: x\r\n\r\n');
    await say(running.port, 'GET /serverinfo?a=1&a=1 HTTP/1.1\r\nHost: x\r\n\r\n');
  }
  const written = lines.filter(({ event }) => event === 'request_refused').length;
  t.ok(written > 0 && written <= 10, `${written} lines`);
  const status = await running.host.service.status();
  t.match(status.strangers, { requests_refused: 100, lines_left_out: 100 - written });
  t.match(describeStatus(status).join('\n'), /^strangers 100 requests refused, \d+ log lines left out$/m);
});

t.test('control messages that the engine refused are told', async (t) => {
  const running = await run(t);
  await launch(await paired(t, running));
  await converse(running);
  const status = await until(
    running,
    ({ sessions: [session] }) => session?.phase === 'streaming' && session.stats !== null,
  );
  const said = () => describeStatus(status).join('\n');
  t.notMatch(said(), /^refused/m, 'nothing to say, nothing said');
  Object.assign(status.sessions[0]?.stats?.control ?? {}, { refused: 3, replayed: 2 });
  t.match(said(), /^refused {3}3 control messages that were not the client's, 2 that were sent before$/m);
});

t.test('TLS without forward secrecy', async (t) => {
  const running = await run(t);
  const info = 'GET /serverinfo HTTP/1.1\r\nHost: x\r\n\r\n';
  const old = { maxVersion: 'TLSv1.2' } as const;
  for (const ciphers of ['AES128-SHA', 'AES128-SHA256', 'AES256-GCM-SHA384', 'AES128-GCM-SHA256'])
    await t.rejects(say(running.port - 5, info, { ...old, ciphers }), { code: /^ERR_SSL/ }, ciphers);
  for (const ciphers of ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-SHA', 'ECDHE-RSA-CHACHA20-POLY1305'])
    t.equal(attributeOf(await say(running.port - 5, info, { ...old, ciphers }), 'status_code'), '401', ciphers);
  t.equal(attributeOf(await say(running.port - 5, info, { minVersion: 'TLSv1.3' }), 'status_code'), '401');
});

t.test('a connection that outlives its session opens nothing, with the wiped key or the right one', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  for (const which of ['wiped', 'right'] as const) {
    await launch(client);
    const sealed = Buffer.from(which === 'wiped' ? Buffer.alloc(16) : key);
    let answer = '';
    const socket = connect(running.port + 21, '127.0.0.1');
    const ended = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
    socket.setEncoding('latin1').on('data', (part: string) => {
      answer += part;
    });
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    // The host has accepted it once a later connection is answered.
    await rtspRequest(running.port + 21, 'OPTIONS / RTSP/1.0\r\nCSeq: 1\r\n\r\n', key, 1);
    await client.https('/cancel');
    socket.write(sealFrame(Buffer.from('DESCRIBE / RTSP/1.0\r\nCSeq: 1\r\n\r\n'), sealed, 2, 'client'));
    await ended;
    t.equal(answer, '', `the ${which} key`);
  }
});

t.test('a launch brings a key of its own', async (t) => {
  const running = await run(t, { engine: { ends: 'client_quit' } });
  const client = await paired(t, running);
  const appid = textOf(await client.https('/applist'), 'ID') ?? '';
  const zeros = await client.https('/launch', { appid, ...launch_parameters, rikey: '0'.repeat(32) });
  t.equal(attributeOf(zeros, 'status_code'), '403', 'none but zeros');
  t.equal(textOf(zeros, 'gamesession'), '0');
  const first = { appid, ...launch_parameters };
  t.equal(textOf(await client.https('/launch', first), 'gamesession'), '1');
  t.equal((await converse(running)).length, 7);
  await until(running, ({ sessions }) => sessions.length === 0);
  const again = await client.https('/resume', first);
  t.equal(attributeOf(again, 'status_code'), '403');
  t.match(attributeOf(again, 'status_message'), /a key that is not fresh/);
  t.equal(textOf(await launch(client, '/resume'), 'resume'), '1', 'a fresh one is taken');
});

t.test('the local socket: what is wrong with a request is said', async (t) => {
  const running = await run(t);
  const socket = (headers: Record<string, string>, body: string, path = '/api/v1/pairing/approve') =>
    new Promise<{ status: number | undefined; report: { code: string; message: string } }>((resolve, reject) => {
      const sent = ask({ socketPath: socketPath(running.data_dir), method: 'POST', path, headers }, (response) => {
        let text = '';
        response.on('data', (part) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode, report: JSON.parse(text) }));
      });
      sent.on('error', reject).end(body);
    });
  const json = { 'content-type': 'application/json' };
  for (const [what, answer] of [
    ['not JSON', await socket(json, '{"pin":')],
    ['empty', await socket(json, '')],
    ['another content type', await socket({ 'content-type': 'text/html' }, '<p>')],
    ['too large', await socket(json, JSON.stringify({ pin: 'x'.repeat(20_000) }))],
    ['outside the schema', await socket(json, '{"pin":1,"and":2}')],
    ['no such path', await socket(json, '{}', '/api/v1/nothing')],
    ['of a web page', await socket({ ...json, origin: 'http://evil.example' }, '{"pin":"1234"}')],
  ] as const) {
    t.match(answer, { status: /^4\d\d$/, report: { code: /^(BAD_REQUEST|REQUEST_UNKNOWN|WEB_PAGE_REFUSED)$/ } }, what);
    t.notMatch(answer.report.message, /inside punktfunk/, what);
  }
});
