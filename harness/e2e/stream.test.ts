// The whole way: the host's command line on its embedded desktop, a painted and numbered moving picture, a tone, and the probe as client.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { eventually } from '../../src/test-eventually.ts';
import { freeBasePort } from '../../src/test-ports.ts';
import { quoted } from '../checks/command.ts';
import { Probe } from '../probe/client.ts';
import type { StreamHandle } from '../probe/stream.ts';
import { beaconLines, typedText } from './beacon.ts';
import { TestHost } from './host.ts';
import { toneWav } from './tone.ts';

const native = resolve(import.meta.dirname, '../../build/native');
const beacon = join(native, 'bin/punktfunk-beacon');
const tone_hz = 1000;
const skip =
  process.getuid?.() === 0
    ? 'Sway refuses root'
    : existsSync(beacon)
      ? false
      : `${beacon} is not built (npm run setup)`;

const beaconLog = (folder: string) => join(folder, 'beacon.ndjson');

/** An application: the beacon, fullscreen, and a tone that is played beside it. */
const beaconApp = (folder: string) => ({
  title: 'Beacon',
  command: [
    'sh',
    '-c',
    `pw-cat --playback ${quoted(join(folder, 'tone.wav'))} 2> ${quoted(join(folder, 'pw-cat.log'))} & exec ${quoted(beacon)} --motion full >> ${quoted(beaconLog(folder))}`,
  ],
});

/** Of its frame header (ITU-T T.81, B.2.2). */
function jpegSize(bytes: Buffer): { width: number; height: number } | undefined {
  const baseline = 0xc0;
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; at += 2 + bytes.readUInt16BE(at + 2))
    if (bytes[at + 1] === baseline) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
  return undefined;
}

const pictures = (stream: StreamHandle) => stream.summary().video?.pictures ?? 0;
const morePictures = (stream: StreamHandle, count: number) => {
  const target = pictures(stream) + count;
  return eventually(`${count} more pictures`, () => pictures(stream) >= target);
};

t.test('a client pairs, plays, types, hears, and survives an engine that dies', { skip }, async (t) => {
  const host = new TestHost(await freeBasePort(), (folder) => [{ title: 'Desktop' }, beaconApp(folder)]);
  t.teardown(async () => {
    await host.stop('SIGKILL');
    host.remove();
  });
  writeFileSync(join(host.folder, 'tone.wav'), toneWav(tone_hz, 60));
  const probe_dir = join(host.folder, 'probe');
  mkdirSync(probe_dir);
  await host.event('ready');
  const probe = await Probe.open({ host: '127.0.0.1', port: host.base_port, data_dir: probe_dir });

  await t.test('pairing: a wrong PIN is refused, the right one opens the door', async (t) => {
    t.equal((await probe.serverInfo()).paired, false);
    const from = host.log.length;
    const wrong = probe.pair('1234', 120_000);
    wrong.catch(() => {});
    await host.event('pairing_waiting', from);
    await t.rejects(host.command('pair', '4321'), /failed/i);
    await t.rejects(wrong);
    t.equal((await probe.serverInfo()).paired, false);

    // After a failure the next try waits for the host's cool-down.
    await eventually('a second pairing', async () => {
      const again = host.log.length;
      const right = probe.pair('1234', 120_000);
      right.catch(() => {});
      const waiting = await Promise.race([
        host.event('pairing_waiting', again).then(() => true),
        right.then(
          () => false,
          () => false,
        ),
      ]);
      if (!waiting) return false;
      await host.command('pair', '1234', '--name', 'probe');
      await right;
      return true;
    });
    t.equal((await probe.serverInfo()).paired, true);
    t.same(
      (await probe.apps()).map((app) => app.title),
      ['Desktop', 'Beacon'],
    );
  });

  const lines = () => beaconLines(beaconLog(host.folder));

  await t.test('ten seconds at 1280x720, 60 frames/s', async (t) => {
    const stream = await probe.stream({
      app: 'Beacon',
      width: 1280,
      height: 720,
      fps: 60,
      slices: 2,
      encryption: 'all',
    });
    await eventually('the first picture', () => pictures(stream) > 0);
    await eventually('the beacon', () => lines().some((line) => line.event === 'painted'));
    stream.sendInput({ kind: 'position', x: 640, y: 360, width: 1280, height: 720 });
    stream.sendInput({ kind: 'button', button: 1, down: true });
    stream.sendInput({ kind: 'button', button: 1, down: false });
    stream.sendInput({ kind: 'text', text: 'Hé €!' });
    stream.sendInput({ kind: 'scroll', amount: -120 });
    await eventually('the typed text', () => typedText(lines()).includes('Hé €!')).catch((error: Error) =>
      t.fail(`${error.message}; the window read "${typedText(lines())}"`),
    );
    await eventually('the click', () => lines().filter((line) => line.event === 'button').length >= 2);
    t.same(
      lines()
        .filter((line) => line.event === 'button')
        .map(({ code, state }) => [code, state]),
      [
        [0x110, 'pressed'],
        [0x110, 'released'],
      ],
      'one click of the left button (BTN_LEFT)',
    );
    const place = lines().findLast((line) => line.event === 'pointer_motion' || line.event === 'pointer_enter');
    t.ok(Math.abs(Number(place?.x) - 640) <= 1 && Math.abs(Number(place?.y) - 360) <= 1, 'where it was aimed at', {
      place,
    });
    t.ok(
      lines().some((line) => line.event === 'axis' && line.axis === 'vertical' && Number(line.value) > 0),
      'scrolled down',
    );
    const output = lines().findLast((line) => line.event === 'output');
    t.match(output, { width: 1280, height: 720 }, 'the output has the size of the client');
    await eventually('ten seconds of stream', () => (stream.summary().video?.duration_s ?? 0) >= 10);
    await eventually('sound', () => (stream.summary().audio?.packets ?? 0) >= 1500);
    const { video, audio, ended } = await stream.stop();
    t.equal(ended?.ok, true, 'ended well', { ended });
    // How many are decoded in time (overruns) is a matter of what else this machine does.
    t.match(video, { width: 1280, height: 720, decode_errors: 0, frames_lost: 0, beacon_rising: true });
    const sent = (video?.last_frame_index ?? 0) - (video?.first_frame_index ?? 0) + 1;
    t.ok((video?.frames ?? 0) >= 0.95 * sent, `${video?.frames} of ${sent} frames that were captured and sent arrived`);
    t.ok((video?.beacon_distinct ?? 0) >= 100, `${video?.beacon_distinct} different pictures were seen`);
    t.match(audio, { decode_errors: 0, malformed: 0, not_authentic: 0 });
    for (const heard_hz of audio?.tone_hz ?? [0])
      t.ok(Math.abs(heard_hz - tone_hz) < 15, `${heard_hz} Hz were heard of ${tone_hz}`);
    t.equal((await probe.serverInfo()).current_app !== 0, true, 'the application still runs');
  });

  await t.test('the console: looked at, given another rate and an IDR, and stopped', async (t) => {
    const stream = await probe.stream({ app: 'Beacon', width: 1280, height: 720, fps: 30, bitrate_kbps: 8000 });
    await morePictures(stream, 30);
    const [session] = (await host.status()).sessions;
    const path = `/sessions/${session?.id}`;
    /** Bytes of a picture, of the next ones. */
    const received = async () => {
      await morePictures(stream, 15); // those that were on their way
      const { video: from } = stream.summary();
      await morePictures(stream, 45);
      const { video: to } = stream.summary();
      if (!from || !to) throw new Error('no video');
      return (to.access_unit_bytes - from.access_unit_bytes) / (to.frames - from.frames);
    };
    const before = await received();
    await host.api('PUT', `${path}/bitrate`, { bitrate_kbps: 1000 });
    const after = await received();
    const share = (1.15 * 1_000_000) / 8 / 30; // of a megabit, for a picture, with what the encoder may miss it by
    t.ok(before > share, `${Math.round(before)} bytes a picture at 8 Mbit/s are more than one allows`);
    t.ok(after <= share, `${Math.round(after)} bytes a picture at 1 Mbit/s`);

    const idrs = () => stream.summary().video?.idr_frames ?? 0;
    const idrs_before = idrs();
    await host.api('POST', `${path}/idr`);
    await eventually('an IDR', () => idrs() > idrs_before);
    await morePictures(stream, 10);
    t.match(stream.summary().video, { decode_errors: 0, beacon_rising: true });

    const preview = await host.api('GET', `${path}/preview`);
    t.same(jpegSize(preview), { width: 640, height: 360 });
    t.ok(preview.length > 5_000, `${preview.length} bytes show more than nothing`);
    await host.api('DELETE', path);
    const { ended } = await stream.ended;
    t.equal(ended?.ok, true, 'told by the host that it is over', { ended });
    t.equal((await probe.serverInfo()).current_app !== 0, true, 'the application goes on');
  });

  await t.test('resumed in another mode', async (t) => {
    const stream = await probe.stream({
      app: 'Beacon',
      width: 1920,
      height: 1080,
      fps: 30,
      packet_size: 1024,
      encryption: 'none',
    });
    await eventually('the first picture', () => pictures(stream) > 0);
    await morePictures(stream, 30);
    const output = lines().findLast((line) => line.event === 'output');
    t.match(output, { width: 1920, height: 1080 });
    const { video, session } = await stream.stop();
    t.equal(session.resumed, true);
    t.match(video, { width: 1920, height: 1080, decode_errors: 0, frames_lost: 0, beacon_rising: true });
  });

  await t.test('an engine that dies is replaced, and the client keeps its session', async (t) => {
    const stream = await probe.stream({ app: 'Beacon', width: 1280, height: 720, fps: 60, encryption: 'all' });
    await morePictures(stream, 30);
    const pid = (await host.status()).sessions[0]?.engine.pid ?? 0;
    if (!(pid > 0)) throw new Error('no engine runs');
    const from = host.log.length;
    process.kill(pid, 'SIGSEGV');
    await host.event('engine_died', from);
    t.equal((await probe.serverInfo()).current_app !== 0, true, 'the host answers meanwhile');
    await host.event('streaming', from);
    await morePictures(stream, 60);
    t.not((await host.status()).sessions[0]?.engine.pid, pid);
    const before = stream.summary().control?.messages_sent ?? 0;
    stream.sendInput({ kind: 'text', text: 'z' });
    await eventually('a key after the change', () => typedText(lines()).endsWith('z'));
    t.ok((stream.summary().control?.messages_sent ?? 0) > before);
    const heard = stream.summary().audio?.packets ?? 0;
    await eventually('sound after the change', () =>
      (stream.summary().audio?.packets ?? 0) > heard + 100 ? true : undefined,
    );
    t.equal(stream.summary().video?.not_authentic, 0);
    await probe.quit();
    const { ended } = await stream.ended;
    t.equal(ended?.ok, true, 'told by the host that it is over', { ended });
    t.equal((await probe.serverInfo()).current_app, 0);
  });

  await t.test('the end leaves nothing behind', async (t) => {
    t.equal(await host.stop(), 0);
    t.same(host.leftovers(), [], 'no process');
    t.same(host.leftoverFiles(), [], 'no file');
  });
});
