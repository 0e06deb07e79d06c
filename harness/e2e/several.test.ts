// Two clients of one host on its embedded desktop: each sees, hears and types into its own; what becomes of one costs the other nothing.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { startChild } from '../../src/test-children.ts';
import { eventually } from '../../src/test-eventually.ts';
import { freeBasePort } from '../../src/test-ports.ts';
import { Probe } from '../probe/client.ts';
import type { StreamHandle } from '../probe/stream.ts';
import { beaconLines } from './beacon.ts';
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

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The beacon and a tone beside it, one for each place on the desktop; what they say lies in a file for each. */
const beaconApp = (folder: string) => ({
  title: 'Beacon',
  command: [
    'sh',
    '-c',
    `cd ${quoted(folder)}; pw-cat --playback $PUNKTFUNK_PLACE.wav 2> $PUNKTFUNK_PLACE.pw-cat & exec ${quoted(beacon)} --motion full >> $PUNKTFUNK_PLACE.ndjson`,
  ],
});

interface Seat {
  name: string;
  /** Of its place on the desktop. */
  number: number;
  size: { width: number; height: number };
  tone_hz: number;
  /** That it presses, as clients number them: left 1, right 3. */
  button: number;
}
const tablet: Seat = { name: 'Tablet', number: 1, size: { width: 960, height: 540 }, tone_hz: 1000, button: 1 };
const phone: Seat = { name: 'Phone', number: 2, size: { width: 640, height: 480 }, tone_hz: 400, button: 3 };
const seats = [tablet, phone];

const pictures = (stream: StreamHandle) => stream.summary().video?.pictures ?? 0;
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
  for (const { number, tone_hz } of seats) writeFileSync(join(host.folder, `${number}.wav`), toneWav(tone_hz, 300));
  await host.event('ready');
  const lines = ({ number }: Seat) => beaconLines(join(host.folder, `${number}.ndjson`));
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
      await eventually('its tone', () => {
        const heard = stream.summary().audio?.tone_hz ?? [];
        return heard.length > 0 && heard.every((hz) => Math.abs(hz - seat.tone_hz) < 15);
      }).catch((error: Error) => t.fail(`${error.message}; heard ${stream.summary().audio?.tone_hz} Hz`));
      t.match(stream.summary().video, { ...seat.size, beacon_rising: true });
    }
    // BTN_LEFT and BTN_RIGHT (linux/input-event-codes.h)
    t.same(seats.map(clicks), [
      [0x110, 0x110],
      [0x111, 0x111],
    ]);
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
