import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createLogger } from '../../log.ts';
import { folder } from '../../test-folder.ts';
import { DesktopNote } from '../desktop-note.ts';
import { encodeMessage, ipc_types, MessageReader } from '../i3-ipc.ts';
import { SwayControl, sway_limits } from './sway-control.ts';
import { putBack, SwayOutput } from './sway-output.ts';
import '../../test-limit.ts';

const log = await createLogger({ level: 'silent', pretty: false });
// For what must come; what must not has a short one of its own.
const limits = { ...sway_limits, effect_ms: 60_000, answer_ms: 60_000 };

interface FakeOutput {
  name: string;
  active: boolean;
  focused?: boolean;
  power?: boolean;
  dpms?: boolean;
  current_mode?: { width: number; height: number; refresh: number };
  modes?: { width: number; height: number; refresh: number }[];
  transform?: string;
}
type Answer = (socket: Socket, type: number, payload: string, outputs: FakeOutput[]) => void;

const mode = (width: number, height: number, refresh: number) => ({ width, height, refresh });

/** Obeys mode commands as Sway does. */
const obey: Answer = (socket, type, payload, outputs) => {
  if (type === ipc_types.outputs) socket.write(encodeMessage(type, JSON.stringify(outputs)));
  else if (type === ipc_types.subscribe) socket.write(encodeMessage(type, '{"success":true}'));
  else {
    const [, name, width, height, hz] = /^output (\S+) mode (?:--custom )?(\d+)x(\d+)@([\d.]+)Hz$/.exec(payload) ?? [];
    const output = outputs.find((candidate) => candidate.name === name);
    if (output) output.current_mode = mode(Number(width), Number(height), Math.round(Number(hz) * 1000));
    socket.write(encodeMessage(type, JSON.stringify([{ success: output !== undefined }])));
  }
};

async function fakeSway(t: { teardown(run: () => unknown): unknown }, outputs: FakeOutput[], answer: Answer = obey) {
  const directory = folder(t);
  const path = join(directory, 'sock');
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      // The fake reads payloads as JSON or as the plain command that a client sends.
      for (let rest = bytes; rest.length >= 14; ) {
        const length = rest.readUInt32LE(6);
        const type = rest.readUInt32LE(10);
        const payload = rest.toString('utf8', 14, 14 + length);
        if (type === ipc_types.command) commands.push(payload);
        answer(socket, type, payload, outputs);
        rest = rest.subarray(14 + length);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { path, commands, outputs };
}

/** As a host does that finds this Sway. */
async function open(path: string, of_control = limits, data_dir?: string) {
  const control = await SwayControl.open(path, of_control);
  try {
    const note = data_dir === undefined ? undefined : new DesktopNote(data_dir, control.compositor);
    if (note) await putBack(control, note, log);
    return { control, note, output: await SwayOutput.first(control, note) };
  } catch (error) {
    control.close();
    throw error;
  }
}

t.test('messages are put together from any pieces', async (t) => {
  const bytes = Buffer.concat([encodeMessage(3, '[1,2]'), encodeMessage(0x8000_0001, '{"change":"unspecified"}')]);
  for (const step of [1, 3, 14, bytes.length]) {
    const reader = new MessageReader();
    const messages = [];
    for (let at = 0; at < bytes.length; at += step) messages.push(...reader.push(bytes.subarray(at, at + step)));
    t.same(messages, [
      { type: 3, event: false, payload: [1, 2] },
      { type: 1, event: true, payload: { change: 'unspecified' } },
    ]);
  }
});

t.test('bytes that are no IPC are refused', async (t) => {
  t.throws(() => new MessageReader().push(Buffer.from('HTTP/1.1 400 Bad Request')), /not i3 IPC/);
  const long = encodeMessage(3, '');
  long.writeUInt32LE(0xffff_ffff, 6);
  t.throws(() => new MessageReader().push(long), /too long/);
  t.throws(() => new MessageReader().push(encodeMessage(3, '{')), SyntaxError);
});

t.test(
  'an output on its side takes the mode whose sides are swapped, so that the desktop is what the client wants',
  async (t) => {
    const upright = ['normal', '180', 'flipped', 'flipped-180'];
    for (const transform of [...upright, '90', '270', 'flipped-90', 'flipped-270']) {
      const sway = await fakeSway(t, [
        { name: 'HEADLESS-1', active: true, transform, current_mode: mode(800, 1280, 60_000) },
      ]);
      const { control, output } = await open(sway.path);
      t.teardown(() => control.close());
      t.same(await output.setMode({ width: 1280, height: 720, refresh_mhz: 60_000 }), []);
      const panel = upright.includes(transform) ? mode(1280, 720, 250_000) : mode(720, 1280, 250_000);
      t.same(sway.outputs[0]?.current_mode, panel, transform);
      t.same(await output.mode(), { width: 1280, height: 720, refresh_mhz: 250_000 }, transform);
      await output.restoreMode();
      t.same(sway.outputs[0]?.current_mode, mode(800, 1280, 60_000), transform);
    }
  },
);

t.test('the focused output takes a mode and goes back once', async (t) => {
  const sway = await fakeSway(t, [
    { name: 'HEADLESS-1', active: true, current_mode: mode(1280, 720, 60_000) },
    { name: 'HEADLESS-2', active: true, focused: true, current_mode: mode(800, 600, 60_000) },
  ]);
  const { control, output } = await open(sway.path);
  t.equal(output.name, 'HEADLESS-2');
  await output.switchOn();
  await output.restoreMode();
  t.same(sway.commands, [], 'a mode that was not asked for is not touched');
  await output.setMode({ width: 1920, height: 1080, refresh_mhz: 59_940 });
  await output.setMode({ width: 640, height: 480, refresh_mhz: 120_000 });
  await output.restoreMode();
  await output.restoreMode();
  t.same(sway.commands, [
    'output HEADLESS-2 mode --custom 1920x1080@250.000Hz',
    'output HEADLESS-2 mode --custom 640x480@500.000Hz',
    'output HEADLESS-2 mode --custom 800x600@60.000Hz',
  ]);
  control.close();
});

t.test(
  'a virtual output composes about four times as often as pictures are sent, each so many whole milliseconds',
  async (t) => {
    const sway = await fakeSway(t, [{ name: 'HEADLESS-1', active: true, current_mode: mode(1280, 720, 60_000) }]);
    const { control, output } = await open(sway.path);
    for (const [asked_mhz, interval_ms] of [
      [23_976, 10],
      [30_000, 8],
      [59_940, 4],
      [60_000, 4],
      [90_000, 2],
      [120_000, 2],
      [144_000, 1],
      [480_000, 1],
    ] as const) {
      t.same(await output.setMode({ width: 1280, height: 720, refresh_mhz: asked_mhz }), []);
      const refresh_mhz = sway.outputs[0]?.current_mode?.refresh ?? 0;
      t.equal(Math.floor(1e6 / refresh_mhz), interval_ms, `as wlroots divides it, for ${asked_mhz}`);
    }
    control.close();
  },
);

t.test(
  "an output in a window takes a size; on a screen of ours the rate is that one's, and Sway composes late",
  async (t) => {
    const outputs = [{ name: 'WL-1', active: true, current_mode: mode(1280, 720, 0) }];
    const sway = await fakeSway(t, outputs, (socket, type, payload, of) => {
      const size = /^output WL-1 mode --custom (\d+)x(\d+)(; output WL-1 max_render_time \d+)?$/.exec(payload);
      if (size && outputs[0]) outputs[0].current_mode = mode(Number(size[1]), Number(size[2]), 0);
      if (size) socket.write(encodeMessage(type, JSON.stringify([{ success: true }])));
      else obey(socket, type, payload, of);
    });
    const control = await SwayControl.open(sway.path, limits);
    t.teardown(() => control.close());
    const found = await SwayOutput.first(control);
    t.same(await found.setMode({ width: 1920, height: 1080, refresh_mhz: 120_000 }), []);
    await found.restoreMode();
    const screen = {
      refresh_mhz: 60_000,
      setRate: (refresh_mhz: number) => {
        screen.refresh_mhz = refresh_mhz;
      },
    };
    const output = await SwayOutput.first(control, undefined, screen);
    for (const [refresh_mhz, render_ms] of [
      [30_000, 25],
      [60_000, 10],
      [59_940, 10],
      [90_000, 7],
      [120_000, 5],
      [480_000, 1],
      [23_976, 33],
    ] as const) {
      t.same(await output.setMode({ width: 1920, height: 1080, refresh_mhz }), []);
      t.equal(screen.refresh_mhz, refresh_mhz);
      t.same(await output.mode(), { width: 1920, height: 1080, refresh_mhz });
      t.match(sway.commands.at(-1), new RegExp(`^output WL-1 mode --custom 1920x1080; .* ${render_ms}$`));
    }
    await output.restoreMode();
    t.equal(screen.refresh_mhz, 60_000);
    t.same(await output.mode(), { width: 1280, height: 720, refresh_mhz: 60_000 });
  },
);

t.test('a mode that the monitor lists is asked for as such', async (t) => {
  const sway = await fakeSway(t, [
    { name: 'DP-1', active: true, current_mode: mode(3840, 2160, 60_000), modes: [mode(1920, 1080, 60_000)] },
  ]);
  const { control, output } = await open(sway.path);
  await output.setMode({ width: 1920, height: 1080, refresh_mhz: 60_000 });
  t.same(sway.commands, ['output DP-1 mode 1920x1080@60.000Hz']);
  control.close();
});

t.test('a monitor takes the rate that it lists nearest to the one asked for', async (t) => {
  const modes = [
    mode(1920, 1080, 143_912),
    mode(1920, 1080, 59_940),
    mode(1920, 1080, 59_951),
    mode(1280, 720, 60_000),
  ];
  for (const [asked, command] of [
    [60_000, 'mode 1920x1080@59.951Hz'],
    [59_940, 'mode 1920x1080@59.940Hz'],
    [144_000, 'mode 1920x1080@143.912Hz'],
    [120_000, 'mode --custom 1920x1080@120.000Hz'],
    [30_000, 'mode --custom 1920x1080@30.000Hz'],
  ] as const) {
    const sway = await fakeSway(t, [{ name: 'DP-1', active: true, current_mode: mode(3840, 2160, 60_000), modes }]);
    const { control, output } = await open(sway.path);
    t.same(await output.setMode({ width: 1920, height: 1080, refresh_mhz: asked }), []);
    t.same(sway.commands, [`output DP-1 ${command}`]);
    control.close();
  }
});

t.test('a mode that cannot be noted is set all the same, and told', async (t) => {
  const sway = await fakeSway(t, [{ name: 'HEADLESS-1', active: true, current_mode: mode(1280, 720, 60_000) }]);
  const { control, output } = await open(sway.path, limits, '/proc/nowhere');
  t.match(await output.setMode({ width: 1920, height: 1080, refresh_mhz: 60_000 }), [
    { code: 'mode_not_noted', parameters: { output: 'HEADLESS-1' } },
  ]);
  t.same(sway.commands, ['output HEADLESS-1 mode --custom 1920x1080@250.000Hz']);
  control.close();
});

t.test('a mode that never comes is an error on a virtual output and a scaled picture on a monitor', async (t) => {
  const deaf: Answer = (socket, type, payload, outputs) => {
    if (type === ipc_types.command) socket.write(encodeMessage(type, '[{"success":true}]'));
    else obey(socket, type, payload, outputs);
  };
  for (const [name, refused] of [
    ['HEADLESS-1', true],
    ['DP-1', false],
  ] as const) {
    const sway = await fakeSway(t, [{ name, active: true, current_mode: mode(1280, 720, 60_000) }], deaf);
    const { control, output } = await open(sway.path, { ...limits, effect_ms: 200 });
    const set = output.setMode({ width: 1920, height: 1080, refresh_mhz: 60_000 });
    if (refused) await t.rejects(set, { code: 'DISPLAY_MODE_REFUSED', message: /still shows 1280x720@60Hz/ });
    else t.match(await set, [{ code: 'mode_refused', parameters: { output: 'DP-1', mode: '1920x1080@60Hz' } }]);
    control.close();
  }
});

t.test('an output that sleeps is switched on, in the words of this Sway; one that stays off is told', async (t) => {
  for (const [state, command] of [
    ['dpms', 'output DP-1 dpms on'],
    ['power', 'output DP-1 power on'],
  ] as const) {
    for (const wakes of [true, false]) {
      const asleep: FakeOutput = { name: 'DP-1', active: true, current_mode: mode(1280, 720, 60_000), [state]: false };
      const sway = await fakeSway(t, [asleep], (socket, type, payload, outputs) => {
        if (payload !== command) return obey(socket, type, payload, outputs);
        if (wakes) asleep[state] = true;
        socket.write(encodeMessage(type, '[{"success":true}]'));
      });
      const { control, output } = await open(sway.path, wakes ? limits : { ...limits, effect_ms: 200 });
      const set = output.setMode({ width: 1920, height: 1080, refresh_mhz: 60_000 });
      if (wakes) t.same(await set, []);
      else await t.rejects(set, { code: 'DISPLAY_ASLEEP', message: /^The output DP-1 is switched off.*it stays/ });
      t.equal(sway.commands[0], command);
      t.equal(sway.commands.length, wakes ? 2 : 1, 'no mode is asked of an output that sleeps');
      control.close();
    }
  }
});

t.test('the mode before a stream outlives a host that is killed', async (t) => {
  const data_dir = folder(t);
  const file = join(data_dir, 'mode-before-stream.json');
  const sway = await fakeSway(t, [{ name: 'DP-1', active: true, current_mode: mode(3840, 2160, 60_000) }]);
  const [monitor] = sway.outputs;
  if (!monitor) throw new Error('no output');
  const during = { width: 1920, height: 1080, refresh_mhz: 60_000 };
  const killed = async () => {
    const { control, output } = await open(sway.path, limits, data_dir);
    await output.setMode(during);
    control.close(); // all that is left of it is the note
  };
  const openedAgain = async () => {
    const { control, output } = await open(sway.path, limits, data_dir);
    const now = await output.mode();
    control.close();
    t.notOk(existsSync(file), 'the note has served');
    return now;
  };
  await killed();
  t.same(await openedAgain(), { width: 3840, height: 2160, refresh_mhz: 60_000 });

  await killed();
  monitor.current_mode = mode(2560, 1440, 60_000);
  t.same(await openedAgain(), { width: 2560, height: 1440, refresh_mhz: 60_000 }, 'whoever changed it since keeps his');
  monitor.current_mode = mode(3840, 2160, 60_000);

  for (const spoil of [
    (text: string) => text.replace(/"compositor":"/, '$&another run of '),
    (text: string) => text.slice(0, -10),
    (text: string) => text.replace('"version":1', '"version":2'),
  ]) {
    await killed();
    writeFileSync(file, spoil(readFileSync(file, 'utf8')));
    const what = 'another run has a mode of its own; half a note, or one of later, is none';
    t.equal((await openedAgain()).width, 1920, what);
    monitor.current_mode = mode(3840, 2160, 60_000);
  }

  const { control, output, note } = await open(sway.path, limits, data_dir);
  await output.setMode(during);
  t.ok(note?.read());
  await output.restoreMode();
  t.equal(note?.read(), undefined, 'nothing to put back');
  control.close();
});

t.test('a Sway that refuses, is silent, lies or leaves gives a sentence', async (t) => {
  const one: FakeOutput[] = [{ name: 'HEADLESS-1', active: true, current_mode: mode(1280, 720, 60_000) }];
  const silent = await fakeSway(t, one, () => {});
  await t.rejects(open(silent.path, { ...limits, answer_ms: 300 }), /does not answer/);
  const lying = await fakeSway(t, one, (socket, type) => socket.write(encodeMessage(type, '{"outputs":7}')));
  await t.rejects(open(lying.path), /makes no sense/);
  const stranger = await fakeSway(t, one, (socket) => socket.write('SSH-2.0-OpenSSH\r\nmore bytes'));
  await t.rejects(open(stranger.path), /not i3 IPC/);
  const none = await fakeSway(t, [{ name: 'HEADLESS-1', active: false }]);
  await t.rejects(open(none.path), /no active output/);
  await t.rejects(open(join(tmpdir(), 'no-such-socket')), /ENOENT/);

  const refusing = await fakeSway(t, one, (socket, type, payload, outputs) => {
    if (type !== ipc_types.command) obey(socket, type, payload, outputs);
    else socket.write(encodeMessage(type, '[{"success":false,"error":"Invalid mode"}]'));
  });
  const { control, output } = await open(refusing.path);
  await t.rejects(output.setMode({ width: 1, height: 1, refresh_mhz: 1 }), { message: /Invalid mode/ });
  control.close();
  t.match(await control.gone, /closed/, 'the end of the connection is told');
});
