import { createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import t from 'tap';
import { type CoreAddon, frame_flags, loadCoreAddon, type SessionConfig, status } from './core.ts';

t.test('a build that is not there, or broken, is named', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'core-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  t.throws(() => loadCoreAddon(dir), { message: /punktfunk_core\.node is missing.*build:native/ });
  writeFileSync(join(dir, 'punktfunk_core.node'), 'not a library');
  t.throws(() => loadCoreAddon(dir), { message: /cannot be loaded/ });
});

const dir = process.env.PUNKTFUNK_NATIVE_DIR ?? resolve(import.meta.dirname, '../../build/native/lib');
const built = existsSync(join(dir, 'punktfunk_core.node'));
const skip = built ? false : 'the native core is not built (npm run build:native)';
const core = built ? loadCoreAddon(dir) : (undefined as unknown as CoreAddon);

/** The status of the error that it throws. */
function refusal(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof Error && 'status' in error ? error.status : error;
  }
  return 'nothing was thrown';
}

const ms = 1_000_000n;
const session = (change: Partial<SessionConfig> = {}): SessionConfig => ({
  secret: randomBytes(32),
  streams: [{ maxFrameBytes: 300_000 }, { maxFrameBytes: 1000, kind: 'sound', parityPercent: 100 }],
  ...change,
});

t.test('a session over a bad network delivers what was sent, without copies', { skip }, async (t) => {
  for (const suite of ['aes-128-gcm', 'chacha20-poly1305'] as const) {
    const config = session({ suite });
    const host = new core.Host(config);
    const client = new core.Client(config);
    const down = new core.Link({ loss: 0.05, delayNs: 10n * ms, duplicate: 0.02 }, 7n);
    const up = new core.Link({ delayNs: 10n * ms }, 8n);
    const sent = new Map<number, Buffer>();
    let now = 0n;
    let delivered = 0;
    let repaired = 0;
    const buffers = new Set<ArrayBufferLike>();
    for (let frame = 1; frame <= 40; ++frame) {
      const bytes = randomBytes(1000 + frame * 2000);
      const flags = frame === 1 ? frame_flags.idr : 0;
      let number: number;
      if (frame % 2 === 0) {
        number = host.submitFrame([bytes.subarray(0, 700), bytes.subarray(700)], { flags, captureNs: now }, now);
      } else {
        number = host.beginFrame(bytes.length, { flags, captureNs: now }, now);
        host.submitSlice(bytes.subarray(0, 700), {}, false);
        host.submitSlice(bytes.subarray(700), {}, true);
      }
      t.equal(number, frame);
      sent.set(number, bytes);
      for (const end = now + 16n * ms; now < end; now += ms / 4n) {
        for (let d = host.pollDatagram(now); d !== undefined; d = host.pollDatagram(now)) down.send(d, now);
        for (let d = down.receive(now); d !== undefined; d = down.receive(now)) {
          if (client.feedDatagram(d, now) !== status.ok) continue;
          const got = client.nextFrame();
          if (got === undefined) return t.fail('a frame was promised');
          buffers.add(got.bytes.buffer);
          if (!sent.get(got.number)?.equals(got.bytes)) t.fail(`frame ${got.number} differs`);
          t.strictSame(got.sliceEnds, [700, got.bytes.length]);
          delivered += 1;
          repaired += got.repairedShards;
        }
        for (let d = client.pollDatagram(now); d !== undefined; d = client.pollDatagram(now)) up.send(d, now);
        for (let d = up.receive(now); d !== undefined; d = up.receive(now))
          t.equal(host.feedDatagram(d, now), status.ok);
      }
    }
    t.ok(delivered >= 38, `${delivered} frames`);
    t.ok(repaired > 20, `${repaired} shards repaired`);
    t.equal(buffers.size, 1, 'every frame is a view on the same memory');
    const event = host.pollEvent(now);
    t.match(event, { kind: 'feedback', rttNs: BigInt, packetLoss: Number });
    t.equal(host.stats().rttNs, 20n * ms);
    t.equal(host.stats().datagrams, down.stats().sent);
    t.equal(client.stats().streams[0]?.frames, delivered);
    t.equal(client.stats().notAuthentic, 0);
  }
});

t.test('a view outlives the object that it came from', { skip }, async (t) => {
  const config = session({ spread: 0 });
  const bytes = randomBytes(20_000);
  const receive = () => {
    const host = new core.Host(config);
    const client = new core.Client(config);
    host.submitFrame([bytes], {}, 0n);
    for (let d = host.pollDatagram(0n); d !== undefined; d = host.pollDatagram(0n)) {
      if (client.feedDatagram(d, 0n) === status.ok) return client.nextFrame()?.bytes;
    }
    return undefined;
  };
  const view = receive();
  for (let i = 0; i < 50; ++i) Buffer.alloc(1 << 20, i);
  await new Promise((done) => setImmediate(done));
  t.ok(view !== undefined && bytes.equals(view));
});

t.test('what the sealer writes, Node can read by the words of docs/punktfunk1.md', { skip }, async (t) => {
  const secret = randomBytes(32);
  const sealer = new core.Sealer({ secret, direction: 'client_to_host', firstEpoch: 3, firstPacketNumber: 1234n });
  const packet = Buffer.concat([Buffer.from([0x12, 0]), Buffer.alloc(14), Buffer.from('sealed words')]);
  const datagram = Buffer.alloc(packet.length + 16);
  t.equal(sealer.seal(packet, datagram), datagram.length);
  const key = createHmac('sha256', secret)
    .update('punktfunk/1 key ')
    .update(Buffer.from([1, 1, 3, 0, 1]))
    .digest()
    .subarray(0, 16);
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64LE(1234n);
  nonce.writeUInt16LE(3, 8);
  nonce[10] = 1;
  const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: 16 });
  decipher.setAAD(datagram.subarray(0, 16));
  decipher.setAuthTag(datagram.subarray(-16));
  const plain = Buffer.concat([decipher.update(datagram.subarray(16, -16)), decipher.final()]);
  t.equal(plain.toString(), 'sealed words');

  const opener = new core.Opener({ secret, direction: 'client_to_host', firstEpoch: 3 });
  const body = Buffer.alloc(12);
  t.equal(opener.open(datagram, body), status.ok);
  t.equal(body.toString(), 'sealed words');
  t.equal(opener.open(datagram, body), status.replayed);
  t.equal(
    refusal(() => new core.Sealer({ secret, direction: 'client_to_host' })),
    status.exhausted,
  );
});

t.test('FEC repairs in place', { skip }, async (t) => {
  for (const [code, k, m, size] of [
    ['gf16', 300, 60, 1408],
    ['gf8-video', 50, 10, 1392],
    ['gf8-audio', 4, 2, 100],
  ] as const) {
    const fec = new core.Fec(code, k, m, size);
    const data = Array.from({ length: k }, () => randomBytes(size));
    const parity = Array.from({ length: m }, () => Buffer.alloc(size));
    fec.encode(data, parity);
    const damaged = data.map((shard, i) => (i < m ? Buffer.alloc(size) : Buffer.from(shard)));
    const present = new Uint8Array(k + m).fill(1).fill(0, 0, m);
    t.equal(fec.decode([...damaged, ...parity], present, k), status.ok);
    t.ok(damaged.every((shard, i) => data[i]?.equals(shard)));
    present[k + m - 1] = 0;
    t.equal(fec.decode([...damaged, ...parity], present, k), status.unrecoverable);
    t.equal(
      refusal(() => fec.encode(data, [Buffer.alloc(size - 2)])),
      status.invalid_argument,
    );
  }
});

t.test('what cannot be is an error that says so, never a crash', { skip }, async (t) => {
  const bad = (change: object, wanted: { message: RegExp } | { status: number }) => {
    const make = () => new core.Host({ ...session(), ...change } as SessionConfig);
    if ('message' in wanted) t.throws(make, wanted);
    else t.equal(refusal(make), wanted.status);
  };
  bad({ secret: randomBytes(31) }, { message: /secret must have 32 bytes/ });
  bad({ secret: 'text' }, { message: /secret must be a Uint8Array/ });
  bad({ suite: 'rot13' }, { message: /suite must be/ });
  bad({ datagramBytes: 100 }, { status: status.invalid_argument });
  bad({ datagramBytes: 'many' }, { message: /datagramBytes must be a number/ });
  bad({ streams: [] }, { status: status.invalid_argument });
  bad({ streams: [{}] }, { status: status.invalid_argument });
  bad({ streams: Array(5).fill({ maxFrameBytes: 1 }) }, { message: /at most four/ });
  bad({ streams: [{ maxFrameBytes: 1000, kind: 'smell' }] }, { message: /kind must be/ });
  bad({ spread: Number.NaN }, { message: /spread must be a number/ });
  bad({ silenceNs: -1n }, { message: /silenceNs must be a bigint/ });
  t.throws(() => new core.Host(undefined as unknown as SessionConfig), { message: /an object is missing/ });

  const config = session();
  const host = new core.Host(config);
  t.equal(
    refusal(() => new core.Host(config)),
    status.exhausted,
  );
  const client = new core.Client(config);
  t.equal(
    refusal(() => host.submitSlice(Buffer.alloc(5), {}, true)),
    status.wrong_state,
    'no frame was begun',
  );
  t.throws(() => host.submitSlice(Buffer.alloc(5), {}, 1 as unknown as boolean), TypeError);
  t.throws(() => host.beginFrame('5' as unknown as number, {}, 0n), TypeError);
  t.throws(() => host.beginFrame(-1, {}, 0n));
  t.throws(() => host.submitFrame('x' as unknown as Uint8Array[], {}, 0n), TypeError);
  t.throws(() => host.submitFrame([], undefined as unknown as object, 0n), TypeError);
  t.equal(
    refusal(() => host.submitFrame([], {}, 0n)),
    status.invalid_argument,
  );
  t.equal(
    refusal(() => host.submitFrame([Buffer.alloc(0)], {}, 0n)),
    status.invalid_argument,
  );
  t.equal(
    refusal(() => host.submitFrame([Buffer.alloc(300_001)], {}, 0n)),
    status.invalid_argument,
  );
  t.equal(
    refusal(() => host.submitFrame(Array(65).fill(Buffer.alloc(1)), {}, 0n)),
    status.invalid_argument,
  );
  t.equal(
    refusal(() => host.submitFrame([Buffer.alloc(5)], { stream: 3 }, 0n)),
    status.invalid_argument,
  );
  t.throws(() => host.submitFrame([Buffer.alloc(5)], { stream: 9 }, 0n), TypeError);
  t.throws(() => host.pollDatagram(5 as unknown as bigint), { message: /bigint/ });
  t.equal(host.pollDatagram(0n), undefined);
  t.equal(host.feedDatagram(randomBytes(100), 0n), status.not_authentic);
  t.equal(client.feedDatagram(randomBytes(100), 0n), status.not_authentic);
  t.equal(client.feedDatagram(randomBytes(10), 0n), status.malformed);
  t.throws(() => client.feedDatagram('x' as unknown as Uint8Array, 0n), { message: /must be a Uint8Array/ });
  t.equal(client.nextFrame(), undefined);
  t.equal(client.pollEvent(0n), undefined);
  t.throws(() => new core.Fec('gf16', 0, 1, 64), TypeError);
  t.equal(
    refusal(() => new core.Fec('gf8-video', 250, 6, 64)),
    status.invalid_argument,
  );
  t.throws(() => new core.Fec('xor' as 'gf16', 1, 1, 64), { message: /the code must be/ });
  t.match(core.statusText(status.unrecoverable), /lost/);
  t.equal(core.abiVersion, 1);
});
