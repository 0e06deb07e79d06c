// Two clients of one host on its embedded desktop: each sees, hears and types into its own; what becomes of one costs the other nothing.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { startChild } from '../../src/test-children.ts';
import { eventually } from '../../src/test-eventually.ts';
import { freeBasePort } from '../../src/test-ports.ts';
import { quoted } from '../checks/command.ts';
import { Probe } from '../probe/client.ts';
import type { StreamHandle } from '../probe/stream.ts';
import { beaconLines, typedText } from './beacon.ts';
import { TestHost } from './host.ts';
import { toneWav } from './tone.ts';

const package_root = resolve(import.meta.dirname, '../..');
const beacon = join(package_root, 'build/native/bin/punktfunk-beacon');
const skip =
  process.getuid?.() === 0
    ? 'Sway refuses root'
    : existsSync(beacon)
      ? false
      : `${beacon} is not built (npm run setup)`;

/** The beacon and a tone beside it; what they say lies in a file for each client, named as its sink. */
const beaconApp = (folder: string) => ({
  title: 'Beacon',
  // A session manager that is busy ends players for which it has no sink yet.
  command: [
    'sh',
    '-c',
    `cd ${quoted(folder)}; at="${'$'}{PULSE_SINK:-punktfunk}"; until pw-cat --playback $at.wav; do sleep 0.1; done 2> $at.pw-cat & exec ${quoted(beacon)} --motion full >> $at.ndjson`,
  ],
});

interface Seat {
  name: string;
  sink: string;
  size: { width: number; height: number };
  tone_hz: number;
  /** That it presses, as clients number them: left 1, right 3. */
  button: number;
  text: string;
}
const tablet: Seat = {
  name: 'Tablet',
  sink: 'punktfunk',
  size: { width: 960, height: 540 },
  tone_hz: 1000,
  button: 1,
  text: 'Hé one!',
};
const phone: Seat = {
  name: 'Phone',
  sink: 'punktfunk-2',
  size: { width: 640, height: 480 },
  tone_hz: 400,
  button: 3,
  text: 'two €?',
};
const seats = [tablet, phone];

const pictures = (stream: StreamHandle) => stream.summary().video?.pictures ?? 0;
/** The number in the newest picture that was decoded. */
const shown = (stream: StreamHandle) => stream.summary().video?.beacon_last ?? 0;
const morePictures = (stream: StreamHandle, count: number) => {
  const target = pictures(stream) + count;
  return eventually(`${count} more pictures`, () => pictures(stream) >= target);
};

t.test('two clients at once', { skip }, async (t) => {
  const host = new TestHost(await freeBasePort(), (folder) => [beaconApp(folder)]);
  t.teardown(async () => {
    await host.stop('SIGKILL');
    host.remove();
  });
  for (const { sink, tone_hz } of seats) writeFileSync(join(host.folder, `${sink}.wav`), toneWav(tone_hz, 300));
  await host.event('ready');
  const lines = ({ sink }: Seat) => beaconLines(join(host.folder, `${sink}.ndjson`));
  const clicks = (seat: Seat) => lines(seat).flatMap(({ event, code }) => (event === 'button' ? [code] : []));
  const dataDir = ({ name }: Seat) => join(host.folder, name);
  const sessionOf = async ({ name }: Seat) =>
    (await host.status()).sessions.find(({ client, phase }) => client.name === name && phase === 'streaming');

  const joinIn = async (seat: Seat): Promise<[Probe, StreamHandle]> => {
    mkdirSync(dataDir(seat));
    const probe = await Probe.open({ host: '127.0.0.1', port: host.base_port, data_dir: dataDir(seat) });
    const from = host.log.length;
    const pairing = probe.pair('1234', 120_000);
    await host.event('pairing_waiting', from);
    await host.command('pair', '1234', '--name', seat.name);
    await pairing;
    const stream = await probe.stream({ app: 'Beacon', ...seat.size, fps: 30, encryption: 'all' });
    await morePictures(stream, 1);
    return [probe, stream];
  };
  const [first_probe, first] = await joinIn(tablet);
  // The number in a picture tells which of the two beacons painted it: the first's is far ahead.
  await eventually('a hundred pictures of the first beacon', () => shown(first) >= 100);
  const ahead = shown(first);
  const [second_probe, second] = await joinIn(phone);

  await t.test('each has its own size, sound and input', async (t) => {
    for (const [seat, stream] of [
      [tablet, first],
      [phone, second],
    ] as const) {
      await eventually(`the beacon of ${seat.name}`, () => lines(seat).some(({ event }) => event === 'painted'));
      await eventually('an output of its size', () =>
        lines(seat).some(
          ({ event, width, height }) => event === 'output' && width === seat.size.width && height === seat.size.height,
        ),
      );
      stream.sendInput({ kind: 'position', x: seat.size.width / 2, y: seat.size.height / 2, ...seat.size });
      for (const down of [true, false]) stream.sendInput({ kind: 'button', button: seat.button, down });
      await eventually('its click', () => clicks(seat).length === 2);
      stream.sendInput({ kind: 'text', text: seat.text });
      await eventually('its text', () => typedText(lines(seat)) === seat.text).catch((error: Error) =>
        t.fail(`${error.message}; ${seat.name} read "${typedText(lines(seat))}"`),
      );
      await eventually('its tone', () => {
        const heard = stream.summary().audio?.tone_hz ?? [];
        return heard.length > 0 && heard.every((hz) => Math.abs(hz - seat.tone_hz) < 15);
      }).catch((error: Error) => t.fail(`${error.message}; heard ${stream.summary().audio?.tone_hz} Hz`));
      t.match(stream.summary().video, { ...seat.size, beacon_rising: true });
    }
    t.same(
      seats.map((seat) => typedText(lines(seat))),
      seats.map(({ text }) => text),
      'each window has read its own client',
    );
    const { beacon_first = ahead } = second.summary().video ?? {};
    t.ok(beacon_first < ahead, `the second sees a beacon of its own: it began at ${beacon_first}, not at ${ahead}`);
    // BTN_LEFT and BTN_RIGHT (linux/input-event-codes.h)
    t.same(seats.map(clicks), [
      [0x110, 0x110],
      [0x111, 0x111],
    ]);
  });

  await t.test('what fills the first screen fills it still', async (t) => {
    const before = shown(first);
    await eventually('the first beacon in the picture', () => shown(first) > before + 30);
    t.match(
      lines(tablet).findLast(({ event }) => event === 'configure'),
      tablet.size,
    );
    t.match(first.summary().video, { beacon_rising: true }, 'never another');
  });

  await t.test('an engine that is killed is the loss of one', async (t) => {
    const engine = (await sessionOf(tablet))?.engine.pid ?? 0;
    if (!(engine > 0)) throw new Error('no engine runs');
    const from = host.log.length;
    process.kill(engine, 'SIGKILL');
    await host.event('engine_died', from);
    await morePictures(second, 30);
    await morePictures(first, 30);
    t.match(await sessionOf(phone), { engine: { restarts: 0 } });
  });

  await t.test('so is a client that is killed', async () => {
    await first.stop();
    await eventually('the stream is over', async () => (await sessionOf(tablet)) === undefined);
    const words = ['probe', 'stream', '127.0.0.1', '--port', `${host.base_port}`, '--data-dir', dataDir(tablet)];
    const seconds = ['--duration-s', '600', '--app', 'Beacon'];
    const child = startChild([process.execPath, join(package_root, 'harness/main.ts'), ...words, ...seconds]);
    await eventually('it streams', () => sessionOf(tablet));
    child.kill('SIGKILL');
    await morePictures(second, 60);
    await eventually('the host has noticed', async () => (await sessionOf(tablet)) === undefined);
    await morePictures(second, 30);
  });

  await t.test('and the other has lost nothing', async (t) => {
    const session = await sessionOf(phone);
    t.match(session, { engine: { restarts: 0 }, problems: [] });
    const { video, audio, ended } = await second.stop();
    t.equal(ended?.ok, true, 'ended well', { ended });
    t.match(video, { ...phone.size, decode_errors: 0, frames_lost: 0, beacon_rising: true });
    const sent = (video?.last_frame_index ?? 0) - (video?.first_frame_index ?? 0) + 1;
    t.equal(video?.frames, sent, 'each frame that was sent has come');
    t.match(audio, { decode_errors: 0, malformed: 0, not_authentic: 0 });
  });

  await t.test('each quits its own', async (t) => {
    await second_probe.quit();
    t.match((await host.status()).apps, [{ title: 'Beacon', client: { name: 'Tablet' }, watched: false }]);
    await first_probe.quit();
    t.same((await host.status()).apps, []);
    t.equal(await host.stop(), 0);
    t.same(host.leftovers(), [], 'no process is left');
  });
});
