// The console's listener of a whole host: who is let in, and what it makes of what nobody should send.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { TestClient } from './gamestream/test-client.ts';
import { Cookies } from './management/cookies.ts';
import { routes } from './management/routes.ts';
import { password, say, sayBytes, signIn } from './test-console.ts';
import { type Running, run } from './test-host.ts';
import './test-limit.ts';

/** Each credential, and the levels that it opens. */
async function credentials(t: Test, running: Running) {
  const { access } = running.host.service;
  const bearer = (secret: string) => ({ headers: { authorization: `Bearer ${secret}` } });
  const revoked = access.createToken('revoked', 'admin', undefined);
  access.revokeToken(revoked.token.id);
  const client = new TestClient(running.port);
  t.teardown(() => client.close());
  const [open, read, operate, admin] = [
    ['open'],
    ['open', 'read'],
    ['open', 'read', 'operate'],
    ['open', 'read', 'operate', 'admin'],
  ];
  return [
    { who: 'nobody', headers: {}, may: open },
    { who: 'a wrong token', ...bearer('pft_wrong'), may: [] },
    { who: 'a revoked token', ...bearer(revoked.secret), may: [] },
    { who: 'no bearer', headers: { authorization: 'Basic YTpi' }, may: [] },
    { who: 'read', ...bearer(access.createToken('r', 'read', 1).secret), may: read },
    { who: 'operate', ...bearer(access.createToken('o', 'operate', 1).secret), may: operate },
    { who: 'admin', ...bearer(access.createToken('a', 'admin', 1).secret), may: admin },
    {
      who: 'a wrong cookie',
      headers: { cookie: new Cookies(running.host.service.unique_id).keep('session', 'x') },
      may: open,
    },
    {
      who: "a client's certificate",
      headers: {},
      tls: { cert: client.certificate_pem, key: client.key_pem },
      may: open,
    },
  ];
}

t.test('every route, asked with every credential', async (t) => {
  const running = await run(t);
  for (const { who, headers, may, tls } of await credentials(t, running)) {
    for (const { method, path, at_root, access } of routes) {
      const url = `${at_root ? '' : '/api/v1'}${path.replaceAll(/:\w+/g, 'x')}`;
      if (may?.includes(access) && !(method === 'GET' && access === 'open')) continue; // what it lets in is tested elsewhere
      const { status } = await say(running, method, url, headers, undefined, tls);
      if (may?.includes(access)) t.equal(status, 200, `${who}: ${method} ${path}`);
      else t.ok(status === 401 || status === 403, `${who}: ${method} ${path} ${status}`);
    }
  }
});

t.test('a session: its cookie, its csrf token, its end', async (t) => {
  const running = await run(t);
  const own = await signIn(running);
  const answer = await say(running, 'POST', '/api/v1/session', {}, { password });
  t.match(
    String(answer.headers['set-cookie']),
    /^__Host-punktfunk-[0-9a-f]{8}=[\w-]{43}; Max-Age=\d+; Path=\/; Secure; HttpOnly; SameSite=Strict,__Host-punktfunk-[0-9a-f]{8}-device=[\w.-]{66}; Max-Age=\d+; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
  );
  t.equal((await say(running, 'GET', '/api/v1/status', own)).status, 200);
  const token = { name: 'ci', scope: 'read' };
  t.equal((await say(running, 'POST', '/api/v1/tokens', { cookie: own.cookie }, token)).status, 403, 'without csrf');
  t.equal((await say(running, 'POST', '/api/v1/tokens', { ...own, 'x-punktfunk-csrf': 'x' }, token)).status, 403);
  t.equal((await say(running, 'POST', '/api/v1/tokens', own, token)).status, 200);
  t.equal((await say(running, 'DELETE', '/api/v1/session', own)).status, 200);
  t.equal((await say(running, 'GET', '/api/v1/status', own)).status, 401, 'the cookie, shown again');
});

t.test('two hosts at one address: a browser is signed in to both, and out of each by itself', async (t) => {
  const [one, other] = [await run(t), await run(t)];
  const [of_one, of_other] = [await signIn(one), await signIn(other)];
  const name = (cookie: string) => cookie.split('=', 1)[0];
  t.not(name(of_one.cookie), name(of_other.cookie), 'of one name the later would take the place of the earlier');
  const cookie = `${of_one.cookie}; ${of_other.cookie}`;
  const seen = async (running: Running) => (await say(running, 'GET', '/api/v1/status', { cookie })).status;
  t.same([await seen(one), await seen(other)], [200, 200]);
  const out = await say(one, 'DELETE', '/api/v1/session', { ...of_one, cookie });
  t.equal(name(String(out.headers['set-cookie'])), name(of_one.cookie));
  t.same([await seen(one), await seen(other)], [401, 200]);
});

t.test('a browser that signed in once is known by its cookie, and waits for its own wrong tries alone', async (t) => {
  const running = await run(t);
  const own = await signIn(running);
  const deviceIn = ({ headers }: { headers: Record<string, unknown> }) =>
    /__Host-punktfunk-[0-9a-f]{8}-device=[^;]+/.exec(String(headers['set-cookie']))?.[0];
  const tryOut = (headers: Record<string, string>, given: string) =>
    say(running, 'POST', '/api/v1/session', { via: 'another address', ...headers }, { password: given });
  const first = await say(running, 'POST', '/api/v1/session', {}, { password });
  const cookie = deviceIn(first) ?? '';
  while ((await tryOut({}, 'guessed')).status !== 429);
  const again = await tryOut({ cookie }, password);
  t.equal(again.status, 200);
  t.equal(deviceIn(again), undefined, 'it has one');
  t.equal((await say(running, 'GET', '/api/v1/status', { cookie })).status, 401, 'it opens nothing');
  const changed = await say(running, 'PUT', '/api/v1/password', own, { password: 'another password' });
  t.match(deviceIn(changed), /device=/, 'known by the new password from now on');
  t.not(deviceIn(changed), cookie);
});

t.test('browsers that are signed in are listed, and ended by one of them', async (t) => {
  const running = await run(t);
  const own = await signIn(running);
  const other = await signIn(running);
  const list = async () => JSON.parse((await say(running, 'GET', '/api/v1/browsers', own)).text);
  const before = await list();
  t.match(before, [
    { address: '127.0.0.1', current: false },
    { address: '127.0.0.1', current: true },
    { current: false }, // of the set-up
  ]);
  const ended = await say(running, 'DELETE', `/api/v1/browsers/${before[0].id}`, own);
  t.match(JSON.parse(ended.text), { id: before[0].id });
  t.equal((await say(running, 'GET', '/api/v1/status', other)).status, 401);
  t.equal((await say(running, 'DELETE', `/api/v1/browsers/${before[0].id}`, own)).status, 404);
  t.equal((await list()).length, 2);
  for (const secret of [own.cookie.split('=')[1] ?? '-', own['x-punktfunk-csrf']])
    t.notOk(JSON.stringify(before).includes(secret));
});

t.test('who changed what is told, without a secret', async (t) => {
  const running = await run(t);
  await say(running, 'POST', '/api/v1/session', {}, { password: 'a wrong one' });
  const code = running.host.service.access.set_up_code;
  await say(running, 'POST', '/api/v1/session/set-up', {}, { password, code });
  const own = await signIn(running);
  const made = JSON.parse(
    (await say(running, 'POST', '/api/v1/tokens', own, { name: 'c\u2029i', scope: 'operate' })).text,
  );
  const token = { authorization: `Bearer ${made.secret}` };
  await say(running, 'POST', '/api/v1/pairing/refuse', token, { address: '192.0.2.1' });
  await say(running, 'PATCH', '/api/v1/settings', own, { name: 'Studio' });
  await say(running, 'PUT', '/api/v1/password', own, { password: 'another password' });
  await running.api.delete(`/api/v1/tokens/${made.token.id}`);
  const session = { kind: 'session', name: /^browser / };
  const { text } = await say(running, 'GET', '/api/v1/audit', own);
  t.match(JSON.parse(text), [
    { who: { kind: 'socket' }, address: null, route: 'DELETE /tokens/:id', outcome: 'done' },
    { who: session, address: '127.0.0.1', route: 'PUT /password', did: /another password/, outcome: 'done' },
    { who: session, route: 'PATCH /settings', what: 'name', outcome: 'done' },
    { who: { kind: 'token', id: made.token.id }, what: /192\.0\.2\.1|^$/ },
    { who: session, what: `c\\u{2029}i, operate, ${made.token.id}`, outcome: 'done' },
    { who: session, route: 'POST /session', outcome: 'done' },
    { who: session, route: 'POST /session/set-up', what: 'with the set-up code', outcome: 'done' },
    { who: null, address: '127.0.0.1', route: 'POST /session', outcome: 'PASSWORD_WRONG', times: 1 },
  ]);
  const file = readFileSync(join(running.data_dir, 'audit.ndjson'), 'utf8');
  const csrf = own['x-punktfunk-csrf'];
  for (const secret of [password, 'another password"', 'a wrong one', code ?? '-', made.secret, own.cookie, csrf])
    t.notOk(file.includes(secret), secret);
});

t.test('pages of others, and names that are not ours', async (t) => {
  const running = await run(t);
  const own = await signIn(running);
  const host = `127.0.0.1:${running.port + 1}`;
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: `http://${host}` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])
    t.equal((await say(running, 'GET', '/api/v1/status', { ...own, ...headers })).status, 403, JSON.stringify(headers));
  const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  for (const page of ['/', '/clients']) {
    const { status, headers } = await say(running, 'GET', page, followed);
    t.equal(status, 200, `a link elsewhere leads to ${page}`);
    t.match(headers['content-type'], /^text\/html/);
  }
  t.equal((await say(running, 'GET', '/api/v1/session', followed)).status, 403);
  for (const name of ['evil.example', `evil.example:${running.port + 1}`, '127.0.0.1:1', `x@${host}`, '[::1'])
    t.equal((await say(running, 'GET', '/api/v1/status', { ...own, host: name })).status, 421, name);
  for (const name of [host, `localhost:${running.port + 1}`, `[::1]:${running.port + 1}`])
    t.equal(
      (await say(running, 'GET', '/api/v1/status', { ...own, host: name, origin: `https://${name}` })).status,
      200,
      name,
    );
});

t.test('who goes somewhere with a browser is told in a page what is wrong', async (t) => {
  const running = await run(t);
  const browser = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const is_page = { 'content-type': 'text/html; charset=utf-8' };
  for (const [path, headers, status, sentence] of [
    ['/api/v1/status', {}, 401, 'Only who is signed in may do this.'],
    ['/a/b/c', {}, 404, 'The host does not know this request.'],
    ['/', { host: 'evil<b>.example' }, 421, 'This host does not answer to the name &quot;evil&lt;b&gt;.example&quot;.'],
  ] as const) {
    const answer = await say(running, 'GET', path, { ...browser, ...headers });
    t.match(answer, { status, headers: is_page }, path);
    t.ok(answer.text.includes(sentence), answer.text);
  }
  t.match((await say(running, 'GET', '/a/b/c')).headers['content-type'], /^application\/json/, 'a script is not');
});

t.test('each answer says how browsers are to take it', async (t) => {
  const running = await run(t);
  for (const path of ['/', '/clients', '/api/v1/session', '/api/v1/status', '/api/v1/nothing', '/assets/nothing.js']) {
    const { headers } = await say(running, 'GET', path);
    t.match(headers['content-security-policy'], /^default-src 'none'.*frame-ancestors 'none'$/, path);
    t.notMatch(headers['content-security-policy'], /unsafe|\*/);
    t.match(headers, {
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  }
});

t.test('a page is the document at any address, a file that is not there is none', async (t) => {
  const running = await run(t);
  for (const page of ['/', '/clients', '/history/20260101T000000Z-0123456789ab?from=a.b']) {
    const { status, headers } = await say(running, 'GET', page);
    t.match({ status, headers }, { status: 200, headers: { 'content-type': /^text\/html/ } }, page);
  }
  for (const file of ['/assets/of-another-version.js', '/favicon.ico', '/assets/x.css?v=1', '/api/v1/nothing'])
    t.equal((await say(running, 'GET', file)).status, 404, file);
});

t.test('what nobody should send', async (t) => {
  const running = await run(t);
  const own = await signIn(running);
  for (const path of [
    '/../../etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '/assets/../../../package.json',
    '/%2e%2e/x',
    '//etc/passwd',
    '/%00',
  ]) {
    const answer = await sayBytes(
      running,
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${running.port + 1}\r\nConnection: close\r\n\r\n`,
    );
    t.notMatch(answer, /root:|"private": true/, path);
    t.match(answer, /^HTTP\/1.1 (200|4\d\d) /, path);
  }
  const big = { 'content-length': String(2 ** 30), 'content-type': 'application/json', ...own };
  const lines = Object.entries(big).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST /api/v1/pairing/approve HTTP/1.1\r\nHost: 127.0.0.1:${running.port + 1}\r\nConnection: close\r\n${lines.join('')}\r\n`;
  t.match(
    await sayBytes(running, `${head}${'x'.repeat(100_000)}`),
    /^HTTP\/1.1 4\d\d /,
    'a gigabyte is refused by its head',
  );
  for (const framing of [
    'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
    'Content-Length: 4\r\nContent-Length: 5\r\n',
    'Transfer-Encoding: identity, chunked\r\nTransfer-Encoding: x\r\n',
    'Transfer-Encoding : chunked\r\n',
  ]) {
    const smuggled = 'POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\n';
    t.match(
      await sayBytes(running, `${smuggled}${framing}\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`),
      /^HTTP\/1.1 400 /,
      framing,
    );
  }
  t.equal((await say(running, 'GET', '/api/v1/status', own)).status, 200, 'the host goes on');
});
