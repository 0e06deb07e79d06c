// What a person does with a stream that is on: its bit rate, an IDR, a look at it.

import { mock } from 'node:test';
import t from 'tap';
import type { PreviewPicture } from '../contract/preview.ts';
import type { VideoTarget } from '../contract/video.ts';
import { testOutput } from '../display/test-display.ts';
import type { EngineProcess } from './engine-process.ts';
import { Previews, preview_limits } from './previews.ts';
import type { Session } from './session.ts';
import { desktop, launchBy, plan, type Rig, rig } from './test-sessions.ts';

const stream = async ({ sessions }: Rig, client = 'Tablet'): Promise<Session> => {
  const session = await sessions.launch({ ...launchBy(client), app: desktop });
  await session.start(plan, '127.0.0.1');
  await session.settled;
  return session;
};

t.test('a bit rate that is changed is told, reported, and that of the engine that follows', async (t) => {
  const it = rig(t);
  const session = await stream(it);
  await session.setBitrate(7000);
  t.equal(session.describe().video?.bitrate_kbps, 7000);
  await it.until('it is reported', () => session.describe().stats?.bitrate_kbps === 7000);
  const pid = session.describe().engine.pid;
  process.kill(pid, 'SIGSEGV');
  await it.until('another engine streams', () => {
    const { engine, stats } = session.describe();
    return engine.pid !== pid && stats?.bitrate_kbps === 7000;
  });
  const starts = it.told().filter(({ type }) => type === 'start') as { video?: { bitrate_kbps: number } }[];
  t.same(
    starts.map(({ video }) => video?.bitrate_kbps),
    [plan.video.bitrate_kbps, 7000],
  );
});

t.test('rates that are asked for at once are answered one by one', async (t) => {
  const it = rig(t);
  const session = await stream(it);
  await Promise.all([session.setBitrate(1000), session.setBitrate(2000), session.setBitrate(3000)]);
  t.equal(session.describe().video?.bitrate_kbps, 3000);
});

t.test('a rate that the encoder refuses changes nothing, and one that it does not answer kills nothing', async (t) => {
  const it = rig(t, { engine: { keeps_bitrate: 'it is more than this encoder takes' } });
  const session = await stream(it);
  await t.rejects(session.setBitrate(900_000), {
    code: 'BITRATE_REFUSED',
    message: 'The bit rate stays as it is: it is more than this encoder takes.',
  });
  t.equal(session.describe().video?.bitrate_kbps, plan.video.bitrate_kbps);

  const deaf = rig(t, { engine: { ignores_bitrate: true }, engine_limits: { answer_ms: 100 } });
  const other = await stream(deaf);
  await t.rejects(other.setBitrate(2000), { code: 'BITRATE_REFUSED', message: /does not answer/ });
  t.equal(other.phase, 'streaming');
  t.equal(other.describe().engine.restarts, 0);
});

t.test('an engine that dies of a rate is told as what it is', async (t) => {
  const it = rig(t, { engine: { ignores_bitrate: true } });
  const session = await stream(it);
  const refused = t.rejects(session.setBitrate(2000), { code: 'ENGINE_FAILED', message: /SIGKILL/ });
  await it.until('it was told', () => it.told().some(({ type }) => type === 'set_bitrate'));
  process.kill(session.describe().engine.pid, 'SIGKILL');
  await refused;
});

t.test('an IDR is asked for, and none of a stream that nobody watches', async (t) => {
  const it = rig(t);
  const session = await stream(it);
  session.requestIdr();
  await it.until('it was told', () => it.told().some(({ type }) => type === 'request_idr'));
  await session.end('over', 'graceful');
  t.throws(() => session.requestIdr(), { code: 'STREAM_NOT_WATCHED' });
  await t.rejects(session.setBitrate(2000), { code: 'STREAM_NOT_WATCHED' });
  t.throws(() => it.sessions.find(session.id), { code: 'STREAM_NOT_FOUND' });

  const alone = rig(t, { engine: { alone: true } });
  const launched = await alone.sessions.launch({ ...launchBy('Tablet'), app: desktop });
  t.throws(() => launched.requestIdr(), { code: 'STREAM_NOT_WATCHED' });
  await t.rejects(alone.sessions.preview(launched.id), { code: 'STREAM_NOT_WATCHED' });
});

t.test('reports have each frame while somebody looks, of the engine that follows too', async (t) => {
  const it = rig(t, { engine: { report_ms: 20 } });
  const session = await stream(it);
  const frames = () => it.reports.at(-1)?.statistics.frames;
  await it.until('a report came', () => frames() === null);
  const asked = () =>
    it
      .told()
      .filter(({ type }) => type === 'watch_frames')
      .map(({ on }) => on);
  const close = it.sessions.watchFrames();
  const closeOther = it.sessions.watchFrames();
  await it.until('frames came', () => (frames()?.length ?? 0) > 0);
  process.kill(session.describe().engine.pid, 'SIGKILL');
  await it.until('the next engine was told, too', () => asked().length === 2);
  closeOther();
  closeOther(); // counts once: the other one still looks
  t.same(asked(), [true, true]);
  close();
  await it.until('it was told', () => asked().length === 3);
  t.same(asked(), [true, true, false]);
});

t.test('a stream is looked at by an engine of its own, which ends when nobody asks any more', async (t) => {
  const it = rig(t);
  const session = await stream(it);
  const [one, same] = await Promise.all([it.sessions.preview(session.id), it.sessions.preview(session.id)]);
  t.equal(one, same);
  t.match(one, { width: 640, height: 360, jpeg: Buffer.from([0xff, 0xd8, 0xff]) });
  const asked = it.told().filter(({ type }) => type === 'take_preview');
  t.same(asked, [{ life: 0, type: 'take_preview', target: { kind: 'synthetic', moving: true }, max_width_px: 640 }]);
  t.equal(it.engines(), 1, 'none of the streams');
});

t.test(
  'previews: at most one a second, an engine for each desktop, and one after each that died or waited',
  async (t) => {
    const it = rig(t);
    const made: EngineProcess[] = [];
    const previews = new Previews({
      limits: { ...preview_limits, fresh_ms: 0, idle_ms: 300 },
      fork: () => {
        const engine = it.makeEngine();
        made.push(engine);
        return engine;
      },
    });
    t.teardown(() => previews.close());
    const { video } = await testOutput();
    const look = (environment: Record<string, string> = {}) => previews.take(environment, video);
    await look();
    await look();
    t.equal(made.length, 1);
    made[0]?.kill('the test');
    await made[0]?.ended;
    await look();
    t.equal(made.length, 2);
    await look({ WAYLAND_DISPLAY: 'wayland-2' });
    t.equal(made.length, 3);
    await made[1]?.ended;
    t.match(await made[2]?.ended, { reason: 'stopped' }, 'nobody asked any more');
    await look();
    t.equal(made.length, 4);
    await t.rejects(previews.take({}, { kind: 'portal', restore_token: '' }), { code: 'PREVIEW_IMPOSSIBLE' });
    await previews.close();
    t.match(await made[3]?.ended, { reason: 'stopped' });
    await t.rejects(look(), { code: 'PREVIEW_FAILED' });
  },
);

t.test('an engine that died before it yields its priority is told as one that failed', async (t) => {
  const it = rig(t);
  const dead = it.makeEngine();
  dead.kill('the test');
  await dead.ended;
  const previews = new Previews({ fork: () => dead });
  t.teardown(() => previews.close());
  const { video } = await testOutput();
  await t.rejects(previews.take({}, video), { code: 'ENGINE_FAILED' });
});

t.test('the engine stays while a picture is on its way, however long that takes', async (t) => {
  const { video } = await testOutput();
  const slow = Promise.withResolvers<PreviewPicture>();
  const picture: PreviewPicture = { type: 'preview', width: 1, height: 1, jpeg_base64: '' };
  let stopped = 0;
  const engine = {
    takePreview: (target: VideoTarget) => (target === video ? slow.promise : Promise.resolve(picture)),
    stop: async () => void stopped++,
    ended: new Promise(() => {}),
  };
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const previews = new Previews({ fork: () => engine as unknown as EngineProcess });
  const first = previews.take({}, video);
  await previews.take({}, { kind: 'synthetic', moving: false });
  mock.timers.tick(preview_limits.idle_ms);
  t.equal(stopped, 0);
  slow.resolve(picture);
  await first;
  mock.timers.tick(preview_limits.idle_ms);
  t.equal(stopped, 1, 'and ends when nobody asks any more');
});

t.test('the desktop itself is looked at while nobody streams, once there is one', async (t) => {
  const it = rig(t);
  await t.rejects(it.sessions.previewOfDesktop(), { code: 'PREVIEW_FAILED', message: /no desktop is open/ });
  await it.sessions.openDisplay();
  t.match(await it.sessions.previewOfDesktop(), { width: 640, height: 360 });
});

t.test('why there is no preview is told', async (t) => {
  const it = rig(t, { engine: { takes_no_previews: 'no picture came' } });
  const session = await stream(it);
  await t.rejects(it.sessions.preview(session.id), {
    code: 'PREVIEW_FAILED',
    message: 'There is no preview at this moment: no picture came.',
  });
  t.equal(session.phase, 'streaming');
});

t.test('a client that may only look gets no input, and its problem is told once', async (t) => {
  const troubled = { code: 'input_forbidden', parameters: {} } as const;
  const it = rig(t, { engine: { troubled }, rightsOf: () => ({ input: false, launch: true }) });
  const session = await it.sessions.launch({ ...launchBy('Tablet'), app: desktop });
  await session.start(plan, '127.0.0.1');
  await it.until('it was told', () => session.describe().problems.length > 1);
  t.match(
    it.told().find(({ type }) => type === 'start'),
    { input: { kind: 'forbidden' } },
  );
  t.match(session.describe().problems, [
    { code: 'watch_only' },
    { code: 'input_forbidden', detail: /may only look and listen/ },
  ]);
});
