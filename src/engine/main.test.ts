import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Check } from 'typebox/schema';
import { EngineMessage, type StartMessage } from '../session/engine-messages.ts';
import { forkChild, runChild } from '../test-children.ts';
import { loadEngineAddon, nativeDir } from './addon.ts';

const deadline_ms = 120_000;
const ping_payload = '0123456789ABCDEF';

const start: StartMessage = {
  type: 'start',
  module_dir: nativeDir(),
  checkpoint_path: '',
  bind_address: '127.0.0.1',
  video_port: 0,
  audio_port: 0,
  control_port: 0,
  client_address: '127.0.0.1',
  ping_payload,
  target: { kind: 'synthetic', moving: true },
  video: {
    width: 320,
    height: 180,
    fps: 30,
    bitrate_kbps: 1000,
    slices: 1,
    max_reference_frames: 1,
    colorspace: 'rec709',
    full_range: false,
    preset: 'superfast',
    packet_size: 1024,
    fec_percent: 20,
    min_parity_shards: 2,
    encrypt: true,
  },
  audio: null,
  control: {
    nonce_scheme: 'v2',
    connect_data: 1,
    require_connect_data: true,
    client_timeout_ms: 10_000,
    connect_timeout_ms: 60_000,
  },
  input: null,
  key_hex: '000102030405060708090a0b0c0d0e0f',
  rikey_id: 0,
};

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
      if (!Check(EngineMessage, message)) throw new Error(`not in the schema: ${JSON.stringify(message)}`);
      this.seen.push(message);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  async message<T extends EngineMessage['type']>(type: T): Promise<Extract<EngineMessage, { type: T }>> {
    const timeout = AbortSignal.timeout(deadline_ms);
    for (;;) {
      const found = this.seen.find((m) => m.type === type);
      if (found) return found as Extract<EngineMessage, { type: T }>;
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        timeout.addEventListener('abort', () => reject(new Error(`no ${type} came`)), { once: true });
      });
    }
  }
}

t.test('an engine that is not built says what to do', async (t) => {
  t.throws(() => loadEngineAddon('/nonexistent'), { message: /is missing.*npm --prefix \S+ run setup/ });
  const engine = new Engine({ PUNKTFUNK_NATIVE_DIR: '/nonexistent' });
  t.match(await engine.message('problem'), {
    code: 'addon_missing',
    detail: /npm --prefix \S+ run setup/,
    fatal: true,
  });
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

const built = existsSync(join(nativeDir(), 'punktfunk_engine.node'));
const skip = built ? false : `the native engine is not built in ${nativeDir()}`;

t.test('streams to whoever pings, tells its statistics, stops when it is told to', { skip }, async (t) => {
  const engine = new Engine();
  await engine.message('loaded');
  engine.child.send(start);
  const { video_port } = await engine.message('listening');
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
  engine.child.send({ type: 'stop', termination_reason: 0 });
  t.equal((await engine.message('ended')).reason, 'stopped');
  t.same(await engine.exited, [0, null]);
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
  for (const wrong of [{ type: 'start' }, { type: 'dance' }, 7, start]) {
    const engine = new Engine();
    await engine.message('loaded');
    if (wrong === start) engine.child.send(start);
    engine.child.send(wrong);
    t.match(await engine.message('problem'), { code: 'protocol', fatal: true });
    t.same(await engine.exited, [1, null]);
  }
});

t.test('what cannot be started is told before anything listens', { skip }, async (t) => {
  const taken = createSocket('udp4');
  t.teardown(() => taken.close());
  taken.bind(0, '127.0.0.1');
  await once(taken, 'listening');
  const cases: [Partial<StartMessage>, RegExp][] = [
    [{ video_port: taken.address().port }, /taken by another program/],
    [{ module_dir: '/nonexistent' }, /libx264/],
    [{ checkpoint_path: '/nonexistent/checkpoint' }, /\/nonexistent\/checkpoint/],
    [{ target: { kind: 'wlroots', wayland_display: '/nonexistent/wayland', output: '' } }, /wayland/i],
  ];
  for (const [change, sentence] of cases) {
    const engine = new Engine();
    await engine.message('loaded');
    engine.child.send({ ...start, ...change });
    t.match(await engine.message('problem'), { code: 'start_failed', detail: sentence, fatal: true });
    t.equal((await engine.message('ended')).reason, 'failed');
    t.same(await engine.exited, [1, null]);
    t.notOk(engine.seen.some((m) => m.type === 'listening'));
  }
});
