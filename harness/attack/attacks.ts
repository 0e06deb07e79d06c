// Attacks on a host that streams, from addresses of this machine's loopback only. Each is a case of its own that fails when the attack
// works. What they are and why: README.md here. A TAP program: node harness/attack/attacks.ts

import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { connect as secureConnect } from 'node:tls';
import t, { type Test } from 'tap';
import { eventually } from '../../src/test-eventually.ts';
import type { TestHost } from '../e2e/host.ts';
import { openPairedProbe, openPictureHost } from '../e2e/picture-host.ts';
import type { Probe } from '../probe/client.ts';
import type { StreamHandle } from '../probe/stream.ts';
import type { LaunchedSession } from '../probe/summary.ts';

const native = resolve(import.meta.dirname, '../../build/native/lib');
const needed = ['punktfunk_engine.node', 'punktfunk_client.node'].map((name) => join(native, name));
const missing = needed.find((path) => !existsSync(path));
const skip = missing === undefined ? false : `${missing} is not built (npm run build:native)`;

const pipelined_bytes = 2_000_000;
const attacker_addresses = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5', '127.0.0.6'];
const max_host_cpu_ms = 100;
/** Of each address, of which the host takes 24; of all it takes 128. */
const slow_connections = 30;
/** Less than the host gives a head (src/management/console-door.ts). */
const slow_s = 4;
const launches = 20;
/** Longer than the host waits for a silent engine (src/session/engine-process.ts). */
const stopped_host_s = 7;
const replay_s = 4;
const replays_a_second = 20;

interface Victim {
  host: TestHost;
  probe: Probe;
  /** The id by which `unpair` knows the client. */
  client_id: string;
}

/** A host with a test picture and a client that is paired with it. */
async function victim(t: Test): Promise<Victim> {
  const host = await openPictureHost(t);
  const probe = await openPairedProbe(host, 'victim');
  const [client] = JSON.parse(await host.command('clients', '--json')) as { id: string }[];
  return { host, probe, client_id: client?.id ?? '' };
}

const video = (stream: StreamHandle) => stream.summary().video;
const seconds = (stream: StreamHandle): number => video(stream)?.duration_s ?? 0;
/** Until the client has seen this much more of the stream. */
const streamFor = (stream: StreamHandle, more_s: number) => {
  const end_s = seconds(stream) + more_s;
  return eventually(`${more_s} s more of the stream`, () => seconds(stream) >= end_s);
};

async function streaming(t: Test, { probe }: Victim): Promise<StreamHandle> {
  const stream = await probe.stream({ width: 640, height: 360, fps: 30, bitrate_kbps: 4000, encryption: 'none' });
  t.teardown(() => stream.stop());
  await streamFor(stream, 1);
  return stream;
}

/** CPU time that a process has used, in ms: its 14th and 15th field, in hundredths of a second (proc_pid_stat(5)). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const engineOf = async ({ host }: Victim) => (await host.status()).sessions[0]?.engine;

t.test('a burst of pipelined requests costs neither a frame nor the host’s time', { skip }, async (t) => {
  const target = await victim(t);
  const stream = await streaming(t, target);
  const engine = await engineOf(target);
  const request = 'GET /serverinfo HTTP/1.1\r\nHost:\r\n\r\n';
  const each_bytes = 60_000;
  const burst = request.repeat(Math.floor(each_bytes / request.length));
  const before_ms = cpuMs(target.host.pid);
  const sockets: Socket[] = [];
  const sent_or_refused: Promise<unknown>[] = [];
  for (let sent = 0; sent < pipelined_bytes; sent += each_bytes) {
    const local_address = attacker_addresses[sockets.length % attacker_addresses.length] ?? '';
    const socket = connect({
      host: '127.0.0.1',
      port: target.host.base_port,
      localAddress: local_address,
      noDelay: true,
    });
    socket.on('error', () => {}).resume();
    // Every other one looks decent first.
    if (sockets.length % 2 === 1) socket.write(request);
    sent_or_refused.push(new Promise((done) => socket.write(burst, done)));
    sockets.push(socket);
  }
  await Promise.all(sent_or_refused);
  await target.probe.serverInfo(); // the host has come round to others
  await streamFor(stream, 1);
  for (const socket of sockets) socket.destroy();
  const cost_ms = cpuMs(target.host.pid) - before_ms;
  t.ok(cost_ms < max_host_cpu_ms, `${pipelined_bytes / 1e6} MB from 5 addresses cost ${cost_ms} ms of host time`);
  t.equal(video(stream)?.frames_lost, 0, 'no frame is lost');
  t.same(await engineOf(target), engine, 'the engine is the same');
});

/** Begins of requests, each of which goes on byte by byte; the last one says nothing at all, not even of TLS. */
const slow_begins: readonly (string | undefined)[] = [
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ',
  'POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 16000\r\n\r\n{"password":"',
  undefined,
];

interface Dawdler {
  socket: Socket;
  /** The host took its first words. */
  begun: () => boolean;
  over: () => boolean;
}

/** A connection that is held open as long as the host lets it. */
function dawdle(port: number, address: string, begin: string | undefined): Dawdler {
  const to = { host: '127.0.0.1', port, localAddress: address };
  const socket = begin === undefined ? connect(to) : secureConnect({ ...to, rejectUnauthorized: false });
  let is_over = false;
  let has_begun = false;
  socket.once('secureConnect', () => {
    socket.write(begin ?? '');
    has_begun = true;
  });
  const goes_on = setInterval(() => has_begun && socket.write('x'), 250);
  socket.on('error', () => {}).resume();
  socket.once('close', () => {
    is_over = true;
    clearInterval(goes_on);
  });
  return { socket, begun: () => has_begun, over: () => is_over };
}

t.test('who dawdles at the console takes neither a frame nor the console from others', { skip }, async (t) => {
  const target = await victim(t);
  const { host, probe } = target;
  const stream = await streaming(t, target);
  const engine = await engineOf(target);
  const slow = attacker_addresses.flatMap((address) =>
    Array.from({ length: slow_connections }, (_, index) =>
      dawdle(host.base_port + 1, address, slow_begins[index % slow_begins.length]),
    ),
  );
  t.teardown(() => {
    for (const { socket } of slow) socket.destroy();
  });
  await eventually('many that have begun', () => slow.filter(({ begun }) => begun()).length >= 2 * slow_connections);
  await streamFor(stream, slow_s);
  await probe.serverInfo();
  const console_answers = await fetchHealth(host.base_port + 1);
  t.equal(console_answers, 200, 'the console answers others');
  await eventually('the end of each slow connection', () => slow.every(({ over }) => over()));
  t.equal(video(stream)?.frames_lost, 0, 'no frame is lost');
  t.same(await engineOf(target), engine, 'the engine is the same');
});

const fetchHealth = (port: number): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/api/v1/health', rejectUnauthorized: false, agent: false };
    get(options, (response) => resolve(response.resume().statusCode)).once('error', reject);
  });

t.test('a host that was stopped does not take its engine for dead', { skip }, async (t) => {
  const target = await victim(t);
  const stream = await streaming(t, target);
  const engine = await engineOf(target);
  process.kill(target.host.pid, 'SIGSTOP');
  try {
    await streamFor(stream, stopped_host_s);
  } finally {
    process.kill(target.host.pid, 'SIGCONT');
  }
  await streamFor(stream, 1);
  t.same(await engineOf(target), engine, 'the engine is the same');
  t.equal(video(stream)?.frames_lost, 0, 'no frame is lost');
});

/** Sends the pings that `next` makes from an address of its own for a while; resolves with the datagrams that came there. */
async function pingFromElsewhere(stream: StreamHandle, next: (round: number) => Buffer[]): Promise<number> {
  const port = stream.video_channel?.port ?? 0;
  const socket = createSocket('udp4');
  let received = 0;
  socket.on('message', () => received++);
  await new Promise<void>((bound) => socket.bind({ address: '127.0.0.9', port: 0 }, bound));
  let round = 0;
  const timer = setInterval(() => {
    for (const ping of next(round)) socket.send(ping, port, '127.0.0.1');
    round++;
  }, 1000 / replays_a_second);
  try {
    await streamFor(stream, replay_s);
  } finally {
    clearInterval(timer);
    socket.close();
  }
  return received;
}

for (const [name, countersOf] of [
  // All that the client can have sent so far: the one that was sniffed is among them.
  [
    'a sniffed ping, sent again',
    (stream) => () => Array.from({ length: Math.ceil(seconds(stream) * 2) + 2 }, (_, i) => i + 1),
  ],
  ['a forged ping that counts on', (stream) => (round) => [Math.ceil(seconds(stream) * 2) + 2 + round]],
  ['a forged ping with the highest number', () => () => [0xffff_ffff]],
] as [string, (stream: StreamHandle) => (round: number) => number[]][]) {
  t.test(`${name} from another address redirects nothing`, { skip }, async (t) => {
    const stream = await streaming(t, await victim(t));
    const payload = Buffer.from(stream.video_channel?.ping_payload ?? '', 'latin1');
    t.equal(payload.length, 16, 'the stranger knows what there is to know');
    const counters = countersOf(stream);
    const pingsOf = (round: number) =>
      counters(round).map((counter) => {
        const ping = Buffer.concat([payload, Buffer.alloc(4)]);
        ping.writeUInt32BE(counter, 16);
        return ping;
      });
    const received = await pingFromElsewhere(stream, pingsOf);
    t.equal(received, 0, 'the stranger gets nothing');
    await streamFor(stream, 1);
    t.equal(video(stream)?.frames_lost, 0, 'the client loses nothing');
  });
}

t.test('a client that is unpaired while its launches wait gets no stream', { skip }, async (t) => {
  const { host, probe, client_id } = await victim(t);
  let unpaired = false;
  const late: LaunchedSession[] = [];
  const asked = Array.from({ length: launches }, async () => {
    const session = await probe.launch();
    if (unpaired) late.push(session);
  });
  const answers = Promise.allSettled(asked);
  await eventually('a launch', async () => (await host.status()).sessions.length > 0);
  await host.command('unpair', client_id);
  unpaired = true;
  await answers;
  t.same(late, [], 'no launch is answered with a session after that');
  const { sessions, paired_clients } = await host.status();
  t.same({ sessions, paired_clients }, { sessions: [], paired_clients: 0 }, 'nothing is prepared for it');
  t.equal((await probe.serverInfo()).paired, false);
});
