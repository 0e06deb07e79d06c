// A host whose disk takes nothing: each route that can change something says so, or needs no disk; nothing is half done. The kernel refuses
// whatever makes a file longer (RLIMIT_FSIZE, setrlimit(2)), which needs no file system of one's own.

import { execFileSync } from 'node:child_process';
import t from 'tap';
import { colour, encodePng } from './apps/png.ts';
import { TestClient } from './gamestream/test-client.ts';
import { routes } from './management/routes.ts';
import type { Application } from './management/schema/applications.ts';
import { password, say, signIn } from './test-console.ts';
import { paired, run, until } from './test-host.ts';
import './test-limit.ts';

const limitFiles = (bytes: string) => execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);

process.on('SIGXFSZ', () => {}); // which would end the process; so it is an error of what was written

const not_written = 'DATA_NOT_WRITTEN';
/** What needs no disk, or has nothing to do, says this. */
const done = 'done';

t.test('on a full disk each change is refused whole, and what needs no disk goes on', async (t) => {
  const running = await run(t, { kit: ['true'] });
  const { access } = running.host.service;
  await paired(t, running, 'Tablet');
  const other = new TestClient(running.port);
  t.teardown(() => other.close());
  const pairing = other.pair('1234');
  await until(running, ({ waiting_to_pair }) => waiting_to_pair.length > 0);
  const own = await signIn(running);
  const spare = await signIn(running);
  const { token } = access.createToken('ci', 'read', undefined);
  const game = await running.api.post<Application>('/api/v1/applications', { title: 'Game' });
  const of_game = `/applications/${game.id}`;
  const [client] = await running.api.get<{ id: string }[]>('/api/v1/clients');
  const browser = access.browsers().at(-1);
  const { secret } = access.makeLink();
  const edit = { title: 'Other', version: game.version };
  const art = await encodePng({
    width: 1,
    height: 1,
    bits: 8,
    colour: colour.grey,
    palette: Buffer.alloc(0),
    transparency: Buffer.alloc(0),
    rows: Buffer.alloc(2),
  });
  /** By route: where it is asked, with what, and what comes of it. */
  const table: Readonly<Record<string, [path: string, body: object | Buffer | undefined, outcome: string]>> = {
    'PATCH /clients/:id': [`/clients/${client?.id}`, { name: 'Other' }, not_written],
    'DELETE /clients/:id': [`/clients/${client?.id}`, undefined, not_written],
    'POST /pairing/approve': ['/pairing/approve', { pin: '1234' }, 'PAIRING_FAILED'],
    'POST /pairing/refuse': ['/pairing/refuse', { address: '192.0.2.1' }, done],
    'DELETE /sessions/:id': ['/sessions/x', undefined, 'STREAM_NOT_FOUND'],
    'POST /sessions/:id/idr': ['/sessions/x/idr', undefined, 'STREAM_NOT_FOUND'],
    'PUT /sessions/:id/bitrate': ['/sessions/x/bitrate', { bitrate_kbps: 5000 }, 'STREAM_NOT_FOUND'],
    'POST /applications': ['/applications', { title: 'New' }, not_written],
    'PUT /applications/order': ['/applications/order', { ids: [game.id, 1] }, 'APPS_REFUSED'],
    'POST /applications/try': ['/applications/try', { title: 'x', command: ['true'] }, done],
    'PUT /applications/:id': [of_game, edit, not_written],
    'DELETE /applications/:id': [of_game, undefined, not_written],
    'PUT /applications/:id/box-art': [`${of_game}/box-art`, art, not_written],
    'DELETE /applications/:id/box-art': [`${of_game}/box-art`, undefined, done],
    'PATCH /settings': ['/settings', { fec_percent: 33 }, not_written],
    'DELETE /recordings/:id': ['/recordings/x', undefined, 'RECORDING_UNKNOWN'],
    'POST /measurements': ['/measurements', { parts: ['latency'] }, done], // its report cannot be kept, which is told of it
    'POST /measurements/:id/cancel': ['/measurements/x/cancel', undefined, 'MEASUREMENT_UNKNOWN'],
    'DELETE /measurements/:id': ['/measurements/x', undefined, 'MEASUREMENT_UNKNOWN'],
    'POST /doctor': ['/doctor', undefined, done],
    'DELETE /doctor': ['/doctor', undefined, done],
    'POST /session': ['/session', { password }, done],
    'POST /session/set-up': ['/session/set-up', { password }, 'PASSWORD_CHOSEN'],
    'POST /session/link': ['/session/link', { secret }, done],
    'POST /session/confirm': ['/session/confirm', { password }, done],
    'PUT /password': ['/password', { password: 'another password' }, not_written],
    'DELETE /browsers/:id': [`/browsers/${browser?.id}`, undefined, done],
    'POST /console/link': ['/console/link', undefined, done],
    'POST /tokens': ['/tokens', { name: 'new', scope: 'read' }, not_written],
    'DELETE /tokens/:id': [`/tokens/${token.id}`, undefined, not_written],
    'DELETE /session': ['/session', undefined, done],
  };
  const told = ['/clients', '/applications', '/settings', '/tokens'];
  const state = () => Promise.all(told.map(async (path) => (await say(running, 'GET', `/api/v1${path}`, own)).text));
  const before = await state();
  const outcomes: Record<string, string> = {};
  limitFiles('0');
  try {
    for (const { method, path, access: needed } of routes.filter(({ method }) => method !== 'GET')) {
      const [at = path, body] = table[`${method} ${path}`] ?? [];
      const headers = Buffer.isBuffer(body) ? { ...own, 'content-type': 'image/png' } : needed === 'open' ? {} : own;
      const who = path === '/session' && method === 'DELETE' ? spare : headers;
      const { status, text } = await say(running, method, `/api/v1${at}`, who, body);
      outcomes[`${method} ${path}`] = status === 200 ? done : JSON.parse(text).code;
    }
  } finally {
    limitFiles('unlimited');
  }
  const expected = Object.entries(table).map(([route, [, , outcome]]) => [route, outcome]);
  t.same(outcomes, Object.fromEntries(expected));
  t.not(await pairing, 'paired');
  t.same(await state(), before, 'nothing was changed');
  t.equal((await say(running, 'GET', '/api/v1/status', spare)).status, 401, 'who was signed out stays so');
  t.equal((await say(running, 'PATCH', '/api/v1/settings', own, { fec_percent: 33 })).status, 200, 'with space again');
});
