import { pino } from 'pino';
import t from 'tap';
import { HostEvents } from '../../events.ts';
import type { HostService } from '../../service/host-service.ts';
import { SessionsService } from '../../service/sessions.ts';
import { desktop, launchBy, plan, type RigSetting, rig } from '../../session/test-sessions.ts';
import { folder } from '../../test-folder.ts';
import { AuditLog } from '../../trust/audit-log.ts';
import { createApi } from '../api.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** A stream that is on, and what an operator is answered. */
async function streaming(t: Parameters<typeof rig>[0], setting: RigSetting = {}) {
  const it = rig(t, setting);
  const log = pino({ level: 'silent' });
  const service = {
    sessions: new SessionsService(it.sessions, new HostEvents(log)),
    audit: new AuditLog(folder(t), log),
  };
  const server = createApi(service as HostService, {
    callerOf: () => ({ kind: 'socket', id: 'test', name: 'test', scope: 'operate', recent: true }),
    log,
  });
  t.teardown(() => server.close());
  const session = await it.sessions.launch({ ...launchBy('Tablet'), app: desktop });
  await session.start(plan, '127.0.0.1');
  await session.settled;
  const ask = (method: Method, path: string, payload?: object) =>
    server.inject({ method, url: `/api/v1${path}`, ...(payload && { payload }) });
  return { ...it, session, ask, path: `/sessions/${session.id}` };
}

t.test(
  'a stream is listed, gets a rate and an IDR, is looked at, and ends with a reason that says by whom',
  async (t) => {
    const { ask, path, session, until, told, events } = await streaming(t);
    const listed = (await ask('GET', '/sessions')).json();
    t.match(listed, [{ id: session.id, phase: 'streaming', video: { bitrate_kbps: plan.video.bitrate_kbps } }]);
    t.match((await ask('PUT', `${path}/bitrate`, { bitrate_kbps: 2500 })).json(), { video: { bitrate_kbps: 2500 } });
    t.equal((await ask('POST', `${path}/idr`)).statusCode, 200);
    await until('it was told', () => told().some(({ type }) => type === 'request_idr'));
    for (const place of [`${path}/preview`, '/preview']) {
      const { statusCode, headers, rawPayload } = await ask('GET', place);
      t.equal(statusCode, 200, place);
      t.match(headers, { 'content-type': 'image/jpeg', 'cache-control': 'no-store' });
      t.same(rawPayload, Buffer.from([0xff, 0xd8, 0xff]));
    }
    t.same((await ask('DELETE', path)).json(), {});
    t.same((await ask('GET', '/sessions')).json(), []);
    t.match(
      told().find(({ type }) => type === 'stop' && told().length > 0),
      { farewell: 'graceful' },
    );
    t.match(
      events.find((event) => event.type === 'session' && event.step === 'ended'),
      { reason: "stopped by the host's administrator" },
    );
    t.equal((await ask('DELETE', path)).statusCode, 404, 'only once');
  },
);

t.test('what cannot be is answered with its sentence, and the stream goes on', async (t) => {
  const { ask, path, session } = await streaming(t, {
    engine: { keeps_bitrate: 'it is more than this encoder takes', takes_no_previews: 'no picture came' },
  });
  for (const [method, place, body, code, error] of [
    ['PUT', `${path}/bitrate`, { bitrate_kbps: 1_000_000 }, 409, 'BITRATE_REFUSED'],
    ['PUT', `${path}/bitrate`, { bitrate_kbps: 99 }, 400, 'BAD_REQUEST'],
    ['PUT', `${path}/bitrate`, { bitrate_kbps: '5000' }, 400, 'BAD_REQUEST'],
    ['PUT', `${path}/bitrate`, { bitrate_kbps: 5000, more: 1 }, 400, 'BAD_REQUEST'],
    ['PUT', `${path}/bitrate`, undefined, 400, 'BAD_REQUEST'],
    ['GET', `${path}/preview`, undefined, 503, 'PREVIEW_FAILED'],
    ['GET', '/sessions/none/preview', undefined, 404, 'STREAM_NOT_FOUND'],
    ['POST', '/sessions/none/idr', undefined, 404, 'STREAM_NOT_FOUND'],
    ['PUT', '/sessions/none/bitrate', { bitrate_kbps: 5000 }, 404, 'STREAM_NOT_FOUND'],
    ['DELETE', '/sessions/none', undefined, 404, 'STREAM_NOT_FOUND'],
    ['DELETE', `/sessions/${'x'.repeat(65)}`, undefined, 400, 'BAD_REQUEST'],
  ] as const) {
    const answer = await ask(method, place, body);
    t.match(answer.json(), { code: error }, `${method} ${place}`);
    t.equal(answer.statusCode, code, `${method} ${place}`);
  }
  t.equal(session.phase, 'streaming');
});
