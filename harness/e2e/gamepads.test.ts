// A client's gamepad on the whole way, with the kernel's own drivers where this machine has its devices for them; without them the stream
// goes on, and says so. A synthetic desktop: nothing of a pad goes through one.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { canWrite, gamepad_devices } from '../../src/session/gamepads.ts';
import { eventually } from '../../src/test-eventually.ts';
import { freeBasePort } from '../../src/test-ports.ts';
import { Probe } from '../probe/client.ts';
import { TestHost } from './host.ts';

const closed = gamepad_devices.filter((path) => !canWrite(path));
const playstation = 2;
const everything = 0xff;
const light = 'multi_intensity';

/** Lines of the kernel's list that are of pads of ours. */
const padsOfOurs = () =>
  readFileSync('/proc/bus/input/devices', 'utf8')
    .split('\n\n')
    .filter((device) => /Uniq=02:[0-9a-f:]+:05$/m.test(device))
    .map((device) => /Name="(.*)"/.exec(device)?.[1]);

/** Of the pad's light in sysfs the folder, as hid-playstation calls it, and not a keyboard's; undefined: none. */
const lightOf = () =>
  readdirSync('/sys/class/leds')
    .filter((name) => name.endsWith(':rgb:indicator'))
    .map((name) => join('/sys/class/leds', name))
    .find((folder) => existsSync(join(folder, light)));

t.test('a gamepad from its announcement to the end of the stream', async (t) => {
  const host = new TestHost(await freeBasePort(), () => [{ title: 'Desktop' }], ['--display', 'synthetic']);
  t.teardown(async () => {
    await host.stop('SIGKILL');
    host.remove();
  });
  const data_dir = join(host.folder, 'probe');
  mkdirSync(data_dir);
  await host.event('ready');
  const probe = await Probe.open({ host: '127.0.0.1', port: host.base_port, data_dir });
  const pairing = probe.pair('1234', 120_000);
  await host.event('pairing_waiting');
  await Promise.all([pairing, host.command('pair', '1234', '--name', 'probe')]);
  const stream = await probe.stream({ app: 'Desktop', width: 320, height: 180, fps: 30, bitrate_kbps: 1000 });
  const pictures = () => stream.summary().video?.pictures ?? 0;
  const feedback = () => stream.summary().pad_feedback;
  await eventually('a picture', () => pictures() > 0);
  const pad = 5;
  const mask = 1 << pad;
  stream.sendInput({ kind: 'pad_arrival', pad, mask, type: playstation, buttons: 0x31ffff, abilities: everything });

  if (closed.length > 0) {
    t.comment(`${closed.join(' and ')} cannot be opened here: no pad is made`);
    const problems = async () => (await host.status()).sessions[0]?.problems.map(({ code }) => code) ?? [];
    await eventually('it is said', async () => (await problems()).some((code) => code.startsWith('gamepad_')));
    for (const buttons of [0x1000, 0]) stream.sendInput({ kind: 'pad_state', pad, mask, buttons });
    const before = pictures();
    await eventually('more pictures', () => pictures() > before + 10);
    const told = (await problems()).filter((code) => code.startsWith('gamepad_'));
    t.equal(told.length, 1, `said once: ${told}`);
    t.equal((await stream.stop()).ended?.ok, true);
    return;
  }

  await eventually('the pad, its sensors and its touchpad', () => padsOfOurs().length === 3);
  t.match(padsOfOurs(), [/DualSense/, /Motion Sensors/, /Touchpad/]);
  await eventually('motion is asked for', () =>
    [1, 2].every((sensor) =>
      feedback().some((one) => one.kind === 'motion' && one.sensor === sensor && one.pad === pad),
    ),
  );
  await eventually('the light of the driver', () => feedback().some((one) => one.kind === 'light' && one.pad === pad));
  const lamp = await eventually('its light', lightOf);
  if (canWrite(join(lamp, light))) {
    writeFileSync(join(lamp, light), '200 100 50');
    writeFileSync(join(lamp, 'brightness'), '255');
    const colour = { kind: 'light', pad, red: 200, green: 100, blue: 50 };
    await eventually('a program sets it', () =>
      feedback().some((one) => JSON.stringify(one) === JSON.stringify(colour)),
    );
  } else t.comment(`${lamp} may not be set by this user: not tried`);

  await t.test('an engine that dies takes it along, and the one that follows makes it again', async (t) => {
    const engine = (await host.status()).sessions[0]?.engine.pid ?? 0;
    if (!(engine > 0)) throw new Error('no engine runs');
    const from = host.log.length;
    const before = pictures();
    process.kill(engine, 'SIGKILL');
    await host.event('engine_died', from);
    await eventually('more pictures', () => pictures() > before + 10);
    await eventually('the same pad', () => padsOfOurs().length === 3);
    t.match(padsOfOurs(), [/DualSense/, /Motion Sensors/, /Touchpad/]);
  });

  t.equal((await stream.stop()).ended?.ok, true);
  await eventually('it is gone with the stream', () => padsOfOurs().length === 0);
});
