// What somebody tries who knows the console's ways: requests that meet, that do not end, that speak for others.

import { request as ask } from 'node:https';
import { connect } from 'node:tls';
import t, { type Test } from 'tap';
import { stream_limits } from './management/event-stream.ts';
import { say, sayBytes, signIn } from './test-console.ts';
import { eventually } from './test-eventually.ts';
import { paired, type Running, run } from './test-host.ts';
import './test-limit.ts';

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

const head = (running: Running, line: string, headers: Record<string, string> = {}) =>
  [`${line} HTTP/1.1`, `Host: 127.0.0.1:${running.port + 1}`, ...Object.entries(headers).map(([n, v]) => `${n}: ${v}`)]
    .map((one) => `${one}\r\n`)
    .join('');

/** Follows the events. */
function ear(t: Test, running: Running, headers: Record<string, string>) {
  const options = { host: '127.0.0.1', port: running.port + 1, path: '/api/v1/events', rejectUnauthorized: false };
  let heard = '';
  const ended = new Promise<void>((resolve) => {
    const request = ask({ ...options, agent: false, headers }, (response) =>
      response
        .on('data', (part) => {
          heard += part;
        })
        .on('error', () => {})
        .once('close', resolve),
    ).on('error', () => resolve());
    t.teardown(() => request.destroy());
    request.end();
  });
  return { heard: () => heard, ended };
}

t.test('who listens hears nothing more once his session or token is void', async (t) => {
  const running = await run(t);
  const { access } = running.host.service;
  const { token, secret } = access.createToken('ci', 'read', undefined);
  const stays = access.createToken('stays', 'read', undefined);
  const own = await signIn(running);
  const [of_token, of_session, of_other] = [bearer(secret), own, bearer(stays.secret)].map((headers) =>
    ear(t, running, { ...headers }),
  );
  if (!of_token || !of_session || !of_other) return t.fail('three listen');
  for (const one of [of_token, of_session, of_other]) await eventually('hello', () => one.heard().includes('hello'));
  access.revokeToken(token.id);
  t.equal((await say(running, 'DELETE', '/api/v1/session', own)).status, 200);
  await paired(t, running, 'Tablet');
  await eventually('the one who may', () => of_other.heard().includes('Tablet'));
  await Promise.all([of_token.ended, of_session.ended]);
  t.notMatch(of_token.heard() + of_session.heard(), 'Tablet');
});

t.test('a request is judged again when its body has come', async (t) => {
  const running = await run(t);
  const { access } = running.host.service;
  const { token, secret } = access.createToken('ci', 'admin', undefined);
  const body = JSON.stringify({ fec_percent: 33 });
  const started = head(running, 'PATCH /api/v1/settings', {
    ...bearer(secret),
    'content-type': 'application/json',
    'content-length': String(body.length),
    expect: '100-continue',
    connection: 'close',
  });
  let answer = '';
  const socket = connect({ host: '127.0.0.1', port: running.port + 1, rejectUnauthorized: false });
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.setEncoding('latin1').on('data', (part) => {
    answer += part;
  });
  socket.write(`${started}\r\n`);
  await eventually('its head was taken', () => answer.includes('100 Continue'));
  access.revokeToken(token.id);
  socket.write(body);
  await ended;
  t.match(answer, /HTTP\/1.1 401 /);
  t.not(running.config.current.fec_percent, 33);
});

t.test('requests sent at once on one connection end it, and leave nothing behind', async (t) => {
  const running = await run(t);
  const { secret } = running.host.service.access.createToken('ci', 'read', undefined);
  const one = `${head(running, 'GET /api/v1/events', bearer(secret))}\r\n`;
  await sayBytes(running, one.repeat(stream_limits.listeners + 1));
  const listener = ear(t, running, bearer(secret));
  await eventually('there is room to listen', () => listener.heard().includes('hello'));
});

t.test('what is no request, or has a head without end, is told so from the one table', async (t) => {
  const running = await run(t);
  const told = async (bytes: string) => {
    const [headers = '', body = ''] = (await sayBytes(running, bytes)).split('\r\n\r\n');
    return { status: headers.split(' ')[1], ...JSON.parse(body) };
  };
  const filled = `X-Long: ${'x'.repeat(20_000)}\r\n`;
  t.match(await told('hello\r\n\r\n'), { status: '400', code: 'BAD_REQUEST', message: /no whole request/, cure: /./ });
  t.match(await told(`${head(running, 'GET /api/v1/health')}no header\r\n\r\n`), {
    status: '400',
    code: 'BAD_REQUEST',
  });
  t.match(await told(head(running, 'GET /') + filled), {
    status: '431',
    code: 'HEAD_TOO_LONG',
    message: /16384/,
    cure: /./,
  });
});

t.test('targets that are no path, or no text, are what nothing is at', async (t) => {
  const running = await run(t);
  const own = await signIn(running);
  for (const target of [
    '/%ff',
    '/%',
    '/api/v1/clients/%ff',
    '*',
    `https://127.0.0.1:${running.port + 1}/api/v1/session`,
  ]) {
    const answer = await sayBytes(running, `${head(running, `GET ${target}`, { ...own, connection: 'close' })}\r\n`);
    t.match(answer, /^HTTP\/1.1 404 [\s\S]*content-security-policy: [\s\S]*"code":"REQUEST_UNKNOWN"/, target);
  }
  const long = `/api/v1/measurements/${'x'.repeat(300)}`;
  const answer = await sayBytes(running, `${head(running, `GET ${long}`, { ...own, connection: 'close' })}\r\n`);
  t.match(
    answer,
    /^HTTP\/1.1 400 [\s\S]*content-security-policy: [\s\S]*"code":"BAD_REQUEST"/,
    'a long word of a path',
  );
});

t.test('a gigabyte is not read to its end', async (t) => {
  const running = await run(t);
  const own = await signIn(running);
  const part = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  for (const [who, credential] of [
    ['nobody', {}],
    ['somebody', own],
  ] as const)
    for (const framing of [{ 'content-length': String(2 ** 30) }, { 'transfer-encoding': 'chunked' }]) {
      const upload = { ...credential, 'content-type': 'image/png', ...framing };
      const answer = await sayBytes(
        running,
        `${head(running, 'PUT /api/v1/applications/1/box-art', upload)}\r\n${part.repeat(32)}`,
      );
      t.match(answer, /^(HTTP\/1.1 4\d\d [\s\S]*connection: close[\s\S]*|)$/i, `${who}, ${Object.keys(framing)}`);
    }
  t.equal((await say(running, 'GET', '/api/v1/status', own)).status, 200);
});

t.test('a token in an address is none', async (t) => {
  const running = await run(t);
  const { secret } = running.host.service.access.createToken('ci', 'admin', undefined);
  for (const name of ['token', 'access_token', 'authorization'])
    t.equal((await say(running, 'GET', `/api/v1/status?${name}=${secret}`)).status, 401, name);
});

t.test('a fixed cookie becomes no session, a cookie is new with each', async (t) => {
  const running = await run(t);
  const [first, second] = [await signIn(running), await signIn(running)];
  const fixed = { cookie: first.cookie.replace(/=.*/, '=fixed') };
  t.not(first.cookie, second.cookie);
  t.match((await say(running, 'GET', '/api/v1/session', fixed)).text, /"signed_in":false/);
  const crossed = { cookie: first.cookie, 'x-punktfunk-csrf': second['x-punktfunk-csrf'] };
  t.equal((await say(running, 'DELETE', '/api/v1/session', crossed)).status, 403, "another session's csrf token");
});

t.test('a link that many follow at once signs one in', async (t) => {
  const running = await run(t);
  const { secret } = running.host.service.access.makeLink();
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => say(running, 'POST', '/api/v1/session/link', {}, { secret })),
  );
  t.equal(answers.filter(({ status }) => status === 200).length, 1);
});

t.test('a proxy brings no neighbours for the first visit', async (t) => {
  const running = await run(t, { settings: { first_visit_minutes: '15' } });
  t.ok(JSON.parse((await say(running, 'GET', '/api/v1/session')).text).first_visit_s > 0);
  for (const name of ['x-forwarded-for', 'forwarded', 'via']) {
    const headers = { [name]: '10.0.0.1' };
    t.equal(JSON.parse((await say(running, 'GET', '/api/v1/session', headers)).text).first_visit_s, 0, name);
    const chosen = await say(running, 'POST', '/api/v1/session/set-up', headers, { password: 'mine from now on' });
    t.match(JSON.parse(chosen.text), { code: 'SET_UP_CODE_WRONG' }, name);
  }
});

t.test('what people read has no control characters from outside', async (t) => {
  const running = await run(t);
  const own = await signIn(running);
  for (const name of ['\u001b[2J', 'a\nb', '\u009b2J']) {
    const pair = await say(running, 'POST', '/api/v1/pairing/approve', own, { pin: '1234', name });
    t.equal(pair.status, 400, JSON.stringify(name));
    const token = await say(running, 'POST', '/api/v1/tokens', own, { name, scope: 'read' });
    t.equal(token.status, 400, JSON.stringify(name));
  }
});
