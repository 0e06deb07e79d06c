import { pino } from 'pino';
import t from 'tap';
import type { Caller } from '../service/access.ts';
import type { HostService } from '../service/host-service.ts';
import type { Change } from '../trust/audit-log.ts';
import '../test-limit.ts';
import { log } from '../test-host.ts';
import { type Access, access_levels, requireAccess } from './access.ts';
import { createApi } from './api.ts';
import { routes } from './routes.ts';

/** What each route needs. One that is not here fails: who adds a route says it twice. */
const table: Readonly<Record<string, Access>> = {
  'GET /status': 'read',
  'GET /sessions': 'read',
  'GET /clients': 'read',
  'PATCH /clients/:id': 'admin',
  'DELETE /clients/:id': 'admin',
  'GET /pairing': 'read',
  'POST /pairing/approve': 'admin',
  'POST /pairing/refuse': 'operate',
  'GET /applications': 'read',
  'POST /applications': 'admin_recent',
  'PUT /applications/order': 'admin',
  'POST /applications/try': 'admin_recent',
  'GET /applications/:id': 'admin',
  'PUT /applications/:id': 'admin_recent',
  'DELETE /applications/:id': 'admin_recent',
  'GET /applications/:id/box-art': 'read',
  'PUT /applications/:id/box-art': 'admin',
  'DELETE /applications/:id/box-art': 'admin',
  'GET /session': 'open',
  'POST /session': 'open',
  'POST /session/set-up': 'open',
  'POST /session/link': 'open',
  'POST /session/confirm': 'admin',
  'DELETE /session': 'read',
  'PUT /password': 'admin_recent',
  'GET /browsers': 'admin',
  'DELETE /browsers/:id': 'admin',
  'GET /console': 'admin_recent',
  'POST /console/link': 'admin_recent',
  'GET /tokens': 'admin',
  'POST /tokens': 'admin_recent',
  'DELETE /tokens/:id': 'admin',
  'GET /audit': 'admin',
  'GET /settings': 'read',
  'PATCH /settings': 'admin',
  'GET /health': 'open',
  'GET /host': 'read',
  'GET /displays': 'read',
  'GET /encoders': 'read',
  'GET /update': 'read',
  'GET /events': 'read',
  'GET /statistics': 'read',
  'GET /logs': 'read',
  'GET /logs/stream': 'read',
  'GET /recordings': 'read',
  'GET /recordings/:id': 'read',
  'GET /recordings/:id/file': 'read',
  'DELETE /recordings/:id': 'operate',
  'GET /measuring-kit': 'read',
  'GET /measurements': 'read',
  'POST /measurements': 'operate',
  'GET /measurements/:id': 'read',
  'POST /measurements/:id/cancel': 'operate',
  'GET /measurements/:id/file': 'read',
  'GET /measurements/:id/page': 'read',
  'DELETE /measurements/:id': 'operate',
  'GET /doctor': 'read',
  'POST /doctor': 'operate',
  'DELETE /doctor': 'operate',
  'GET /metrics': 'read',
  'GET /diagnostics': 'admin',
  'DELETE /sessions/:id': 'operate',
  'POST /sessions/:id/idr': 'operate',
  'PUT /sessions/:id/bitrate': 'operate',
  'GET /sessions/:id/preview': 'operate',
  'GET /preview': 'operate',
};

const who = { kind: 'token', id: '1', name: 'x' } as const;

/** Whom each level lets in. */
const callers: readonly { who: string; caller?: Caller; may: readonly Access[] }[] = [
  { who: 'nobody', may: ['open'] },
  { who: 'read', caller: { ...who, scope: 'read', recent: true }, may: ['open', 'read'] },
  { who: 'operate', caller: { ...who, scope: 'operate', recent: true }, may: ['open', 'read', 'operate'] },
  {
    who: 'admin, a while ago',
    caller: { ...who, scope: 'admin', recent: false },
    may: ['open', 'read', 'operate', 'admin'],
  },
  { who: 'admin', caller: { ...who, scope: 'admin', recent: true }, may: access_levels },
];

const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;

t.test('each level lets in whom it should', async (t) => {
  for (const { who, caller, may } of callers) {
    for (const access of access_levels) {
      const ask = () => requireAccess(access, caller);
      if (may.includes(access)) t.doesNotThrow(ask, `${who}: ${access}`);
      else t.throws(ask, { code: /^(SIGN_IN_NEEDED|ACCESS_DENIED|PASSWORD_NEEDED)$/ }, `${who}: ${access}`);
    }
  }
});

t.test('each route is in the table, once', async (t) => {
  t.same(routes.map(nameOf).sort(), Object.keys(table).sort());
  for (const route of routes) t.equal(route.access, table[nameOf(route)], nameOf(route));
});

t.test('each route refuses whom its level refuses, before anything is read or done', async (t) => {
  const touched: string[] = [];
  const service = new Proxy({} as HostService, {
    get: (_, name) => {
      touched.push(String(name));
      throw new Error('asked');
    },
  });
  for (const { who, caller, may } of callers) {
    const server = createApi(service, { callerOf: () => caller, log });
    t.teardown(() => server.close());
    for (const route of routes) {
      touched.length = 0;
      const url = `${route.at_root ? '' : '/api/v1'}${route.path.replaceAll(/:\w+/g, 'x')}`;
      const { statusCode } = await server.inject({ method: route.method, url });
      const refused = statusCode === 401 || statusCode === 403;
      t.equal(refused, !may.includes(route.access), `${who}: ${nameOf(route)} ${statusCode}`);
      if (refused) t.same(touched, [], `${who}: ${nameOf(route)} does nothing`);
    }
  }
});

t.test(
  'each route that can change something leaves a line of who asked, whatever comes of it; the others none',
  async (t) => {
    const lines: Change[] = [];
    const service = new Proxy({} as HostService, {
      get(_, name) {
        if (name === 'audit') return { add: (line: Change) => lines.push(line), latest: () => [] };
        throw new Error('asked');
      },
    });
    const caller: Caller = { ...who, scope: 'admin', recent: true };
    const server = createApi(service, { callerOf: () => caller, log });
    t.teardown(() => server.close());
    for (const { method, path, at_root, schema } of routes) {
      lines.length = 0;
      const url = `${at_root ? '' : '/api/v1'}${path.replaceAll(/:\w+/g, 'x')}`;
      const headers = { 'content-type': schema.upload?.content_type ?? 'application/json' };
      const given =
        method !== 'GET' && (schema.body || schema.upload) ? { payload: '{"password":"SECRET"}', headers } : {};
      await server.inject({ method, url, ...given });
      const expected = [{ who, address: '127.0.0.1', route: `${method} ${path}`, outcome: /^(?:[A-Z_]+|done)$/ }];
      if (method === 'GET') t.same(lines, [], path);
      else t.match(lines, expected, `${method} ${path}`);
      t.notMatch(JSON.stringify(lines), /SECRET/);
    }
  },
);

t.test('what fails in us is logged once, with its place and without what was given', async (t) => {
  const lines: string[] = [];
  const service = new Proxy({} as HostService, {
    get(_, name) {
      if (name === 'audit') return { add: () => {} };
      throw new TypeError('of pft_SECRET');
    },
  });
  const caller: Caller = { ...who, scope: 'admin', recent: true };
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const server = createApi(service, { callerOf: () => caller, log });
  t.teardown(() => server.close());
  const headers = { authorization: 'Bearer pft_SECRET' };
  t.equal(
    (await server.inject({ url: '/api/v1/session/link', method: 'POST', payload: { secret: 'pft_SECRET' } }))
      .statusCode,
    500,
  );
  t.equal(lines.length, 1);
  t.match(JSON.parse(lines[0] ?? ''), {
    level: 50,
    route: 'POST /api/v1/session/link',
    err: { type: 'TypeError', stack: /^TypeError\n\s+at Object\.get .*access\.test\.ts/ },
  });
  await server.inject({ url: '/api/v1/applications/7?x=y', headers });
  t.match(JSON.parse(lines[1] ?? ''), { route: 'GET /api/v1/applications/:id', err: { stack: /^TypeError: of/ } });
  t.notMatch(lines[0], 'SECRET');
  await server.inject({ url: '/api/v1/nothing' });
  await server.inject({ url: '/api/v1/applications/x' });
  t.equal(lines.length, 2, "what is the sender's fault is not ours");
});
