import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { buildStart, type StartChanges } from '../contract/builder.ts';
import { EngineMessage } from '../contract/messages.ts';
import { refusal } from '../contract/read.ts';
import { problemReport } from '../errors.ts';
import { native_dir } from '../installation.ts';
import { forkChild, runChild } from '../test-children.ts';
import { loadEngineAddon } from './addon.ts';

const deadline_ms = 120_000;
const ping_payload = '0123456789ABCDEF';

const start = buildStart({
  module_dir: native_dir,
  transport: { ping_payload, encrypt_video: true, connect_timeout_ms: 60_000 },
});

/** A forked engine whose messages can be waited for by type. */
class Engine {
  readonly child: ChildProcess;
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
  readonly seen: EngineMessage[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(environment: NodeJS.ProcessEnv = {}) {
    this.child = forkChild(join(import.meta.dirname, 'main.ts'), { environment: { ...process.env, ...environment } });
    this.exited = once(this.child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    this.child.on('message', (message) => {
      const wrong = refusal(EngineMessage, message);
      if (wrong !== undefined) throw new Error(`${wrong} in ${JSON.stringify(message)}`);
      this.seen.push(message as EngineMessage);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  async message<T extends EngineMessage['type'], M extends Extract<EngineMessage, { type: T }>>(
    type: T,
    isMeant: (message: M) => boolean = () => true,
  ): Promise<M> {
    const timeout = AbortSignal.timeout(deadline_ms);
    for (;;) {
      const found = this.seen.find((message): message is M => message.type === type && isMeant(message as M));
      if (found) return found;
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        timeout.addEventListener('abort', () => reject(new Error(`no ${type} came`)), { once: true });
      });
    }
  }
}

t.test('an engine that is not built says what to do', async (t) => {
  t.throws(() => loadEngineAddon('/nonexistent'), { message: /is missing/ });
  const engine = new Engine({ PUNKTFUNK_NATIVE_DIR: '/nonexistent' });
  const { failure, fatal } = await engine.message('problem');
  t.match(failure, { code: 'engine_unloadable' });
  t.match(problemReport(failure).advice, /is missing.*npm --prefix \S+ run setup/);
  t.ok(fatal);
  t.equal((await engine.message('ended')).reason, 'failed');
  t.same(await engine.exited, [1, null]);
});

t.test('an addon that is no addon is explained', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'punktfunk-addon-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, 'punktfunk_engine.node'), 'not a library');
  t.throws(() => loadEngineAddon(dir), { message: /punktfunk_engine\.node/ });
  t.end();
});

t.test('started by hand it names the command', async (t) => {
  t.match(await runChild([process.execPath, join(import.meta.dirname, 'main.ts')]), {
    code: 64,
    err: /npm --prefix \S+ start --/,
  });
});

const built = existsSync(join(native_dir, 'punktfunk_engine.node'));
const skip = built ? false : `the native engine is not built in ${native_dir}`;

t.test('streams to whoever pings, tells its statistics, stops when it is told to', { skip }, async (t) => {
  const engine = new Engine();
  await engine.message('loaded');
  engine.child.send(start);
  const { video_port } = (await engine.message('listening')).transport;
  const client = createSocket('udp4');
  t.teardown(() => client.close());
  client.bind(0, '127.0.0.1');
  await once(client, 'listening');
  const arrived = once(client, 'message');
  client.send(Buffer.concat([Buffer.from(ping_payload), Buffer.from([0, 0, 0, 1])]), video_port, '127.0.0.1');
  const [datagram] = (await arrived) as [Buffer];
  t.equal(datagram.length, 1024 + 48, 'a sealed datagram');
  t.match(await engine.message('first_frame'), { width: 320, height: 180, capture: 'synthetic' });
  const stats = await engine.message('stats');
  t.ok(stats.cpu_ms.process > 0);
  engine.child.send({ type: 'stop', farewell: 'none' });
  t.equal((await engine.message('ended')).reason, 'stopped');
  t.same(await engine.exited, [0, null]);
});

t.test('says what it can do on this machine when it is asked', { skip }, async (t) => {
  const engine = new Engine();
  await engine.message('loaded');
  engine.child.send({ type: 'probe', module_dir: '/nonexistent' });
  const { encoders, instruction_set, libraries } = await engine.message('capabilities');
  t.match(encoders[0], { name: 'libx264', failure: { code: 'encoder_missing', parameters: { library: 'libx264' } } });
  t.not(instruction_set, '');
  t.ok(libraries.includes(join(native_dir, 'punktfunk_engine.node')));
  engine.child.send({ type: 'stop', farewell: 'none' });
  t.same(await engine.exited, [0, null]);
  const other = new Engine();
  await other.message('loaded');
  other.child.send({ type: 'probe', module_dir: native_dir });
  t.ok((await other.message('capabilities')).encoders.some(({ failure }) => failure === null));
  other.child.send({ type: 'stop', farewell: 'none' });
  t.same(await other.exited, [0, null]);
});

t.test('takes previews one after the other, and is of no use for a stream then', { skip }, async (t) => {
  const engine = new Engine();
  await engine.message('loaded');
  for (const width of [640, 320]) {
    const target = { kind: 'synthetic', moving: true } as const;
    engine.child.send({ type: 'take_preview', target, max_width_px: width });
    const { jpeg_base64, ...size } = await engine.message('preview', (preview) => preview.width === width);
    t.same(size, { type: 'preview', width, height: (width * 9) / 16 });
    t.same([...Buffer.from(jpeg_base64, 'base64').subarray(0, 3)], [0xff, 0xd8, 0xff]);
  }
  const target = { kind: 'wlroots', wayland_display: '/nonexistent/wayland', output: '' } as const;
  engine.child.send({ type: 'take_preview', target, max_width_px: 640 });
  t.match((await engine.message('preview_failed')).failure, { code: 'wayland_unreachable' });
  engine.child.send(start);
  t.match((await engine.message('problem')).failure, { code: 'started_twice' });
  t.same(await engine.exited, [1, null]);
});

t.test('ends when the host is gone', { skip }, async (t) => {
  const engine = new Engine();
  await engine.message('loaded');
  engine.child.send(start);
  await engine.message('listening');
  engine.child.disconnect();
  t.same(await engine.exited, [0, null]);
});

t.test('ends on a message outside the schema and on a second start', { skip }, async (t) => {
  for (const [wrong, code, reason] of [
    [{ type: 'start' }, 'message_refused', /^module_dir: is missing/],
    [{ type: 'dance' }, 'message_refused', /^type: is none that is known/],
    [{ ...start, video: { ...start.video, fps: 0 } }, 'message_refused', /^video\.fps: must be at least 1/],
    [7, 'message_refused', /must be an object/],
    [start, 'started_twice', undefined],
  ] as const) {
    const engine = new Engine();
    await engine.message('loaded');
    if (wrong === start) engine.child.send(start);
    engine.child.send(wrong);
    const { failure, fatal } = await engine.message('problem');
    t.match(failure, { code, parameters: reason ? { reason } : {} });
    t.ok(fatal);
    t.same(await engine.exited, [1, null]);
  }
});

t.test('what cannot be started is told before anything listens', { skip }, async (t) => {
  const taken = createSocket('udp4');
  t.teardown(() => taken.close());
  taken.bind(0, '127.0.0.1');
  await once(taken, 'listening');
  const target = { kind: 'wlroots', wayland_display: '/nonexistent/wayland', output: '' } as const;
  const cases: [StartChanges, RegExp][] = [
    [{ transport: { video_port: taken.address().port } }, /taken by another program/],
    [{ module_dir: '/nonexistent' }, /libx264/],
    [{ checkpoint_path: '/nonexistent/checkpoint' }, /\/nonexistent\/checkpoint/],
    [{ video: { target } }, /wayland/i],
  ];
  for (const [changes, sentence] of cases) {
    const engine = new Engine();
    await engine.message('loaded');
    engine.child.send(buildStart({ module_dir: native_dir, ...changes }));
    const { failure, fatal } = await engine.message('problem');
    t.match(problemReport(failure).message, sentence);
    t.ok(fatal);
    t.equal((await engine.message('ended')).reason, 'failed');
    t.same(await engine.exited, [1, null]);
    t.notOk(engine.seen.some((m) => m.type === 'listening'));
  }
});
