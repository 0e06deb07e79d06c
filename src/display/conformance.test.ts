// What every kind of display keeps to: the mode of a stream and the mode before it, also after the host was killed; its end noticed; the
// desktop that is there now chosen, not the one that was there once.

import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t, { type Test as TapTest } from 'tap';
import { findProgram } from '../find-program.ts';
import { createLogger } from '../log.ts';
import { runChild, startChild } from '../test-children.ts';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import type { Capabilities, Client, Display, DisplayOptions, Mode, Output } from './display.ts';
import { SwayControl } from './drivers/sway-control.ts';
import { missingPrograms } from './embedded-programs.ts';
import { openDisplay } from './open-display.ts';
import { livingIn, pidsOf } from './test-desktop.ts';
import { modeOf, startFakeCompositor, startSway, type TestSway } from './test-sway.ts';

interface Test {
  teardown(run: () => unknown): unknown;
}

/** A compositor that the display shows, from outside. */
interface World {
  /** Told by the compositor itself; undefined where modes are not its business. */
  mode?: (output?: string) => Promise<Mode>;
  /** Of Sway. */
  socket?: string;
  end: () => Promise<void>;
}

interface Kind {
  name: string;
  description: RegExp;
  display: DisplayOptions['kind'];
  /** Starts what the display shall find; the embedded desktop brings its own. */
  start(t: Test, runtime_dir: string): Promise<World>;
  can: Capabilities;
}

const log = await createLogger({ level: 'silent', pretty: false });
const first_mode: Mode = { width: 1280, height: 720, refresh_mhz: 60_000 };
const stream_mode: Mode = { width: 1366, height: 768, refresh_mhz: 59_940 };
const other_mode: Mode = { width: 1920, height: 1080, refresh_mhz: 60_000 };
/** Sizes and rates that no monitor has, too. */
const modes: Mode[] = [
  stream_mode,
  { width: 1281, height: 721, refresh_mhz: 119_880 },
  { width: 640, height: 480, refresh_mhz: 23_976 },
];
const clientOf = (number: number): Client => ({ id: `client-${number}`, name: `Client ${number}` });
const tablet: Client = { id: 'tablet', name: 'Tablet' };
const phone: Client = { id: 'phone', name: 'Phone' };
const not_wlroots = ['wl_compositor', 'wl_shm', 'wl_seat', 'xdg_wm_base', 'zwp_idle_inhibit_manager_v1'];
const missing = missingPrograms();
const no_sway =
  process.getuid?.() === 0 ? 'Sway refuses root' : missing.length > 0 ? `${missing.join(', ')} not installed` : false;

/** From 1.8 on an output of Sway can be taken away again. */
const [, sway_major = '0', sway_minor = '0'] = /version (\d+)\.(\d+)/.exec(await swayVersion()) ?? [];
const unplugs = Number(sway_major) > 1 || Number(sway_minor) >= 8;

const kinds: Kind[] = [
  {
    name: 'the embedded desktop',
    description: /^embedded desktop \(sway, HEADLESS-1\)$/,
    display: 'embedded',
    can: { exact_mode: true, max_outputs: 8 },
    start: async (_, runtime_dir) => {
      const desktop = join(runtime_dir, 'desktop');
      const sway = () => pidsOf(runtime_dir, 'sway')[0] ?? 0;
      return {
        mode: (output) => modeOf(join(desktop, 'sway.sock'), output),
        socket: join(desktop, 'sway.sock'),
        end: async () => void process.kill(sway(), 'SIGKILL'),
      };
    },
  },
  {
    name: 'a session of Sway',
    description: /^this session \(sway, HEADLESS-1\)$/,
    display: 'session',
    can: { exact_mode: true, max_outputs: unplugs ? 8 : 1 },
    start: async (t, runtime_dir) => {
      const sway = await startSway(t, runtime_dir);
      const { sway_socket: socket, end } = sway;
      return { mode: (output) => modeOf(socket, output), socket, end };
    },
  },
  {
    name: 'a session of another wlroots compositor',
    description: /^this session \(wayland-\d+, wlroots\)$/,
    display: 'session',
    can: { exact_mode: false, max_outputs: 1 },
    start: async (t, runtime_dir) => {
      const sway = await startSway(t, runtime_dir, { hidden: true });
      return { mode: () => modeOf(sway.sway_socket), end: sway.end };
    },
  },
  {
    name: 'a session behind the desktop portal',
    description: /^this session \(desktop, through the desktop portal\)$/,
    display: 'session',
    can: { exact_mode: false, max_outputs: 1 },
    start: (t, runtime_dir) => startFakeCompositor(t, join(runtime_dir, `wayland-${++fakes}`), not_wlroots),
  },
];
let fakes = 0;

for (const kind of kinds) {
  const skip = kind.name.includes('portal') ? false : no_sway;
  t.test(kind.name, { skip }, async (t) => {
    const runtime_dir = folder(t);
    const environment = { PATH: process.env.PATH, HOME: runtime_dir, XDG_RUNTIME_DIR: runtime_dir };
    const options: DisplayOptions = { data_dir: runtime_dir, runtime_dir, log, kind: kind.display, environment };
    const world = await kind.start(t, runtime_dir);
    const { exact_mode } = kind.can;
    /** That the compositor shows this mode, where modes are its business and it takes them. */
    const shows = async (t: TapTest, of_world: World, mode: Mode, what = 'shown') => {
      if (of_world.mode) t.same(await of_world.mode(), exact_mode ? mode : first_mode, what);
    };

    await t.test('takes the mode of a stream and goes back', async (t) => {
      const display = await open(t, options);
      t.match(display.description, kind.description);
      t.match(display.capabilities, kind.can);
      t.equal(await display.ask(), undefined, 'it answers');
      t.equal(await display.isFirstChoice(), true);
      for (const mode of modes) {
        const output = await display.lease(mode, tablet, true);
        t.same(
          output.shortcomings.map(({ code }) => code).filter((code) => code !== 'no_pipewire_pulse'),
          exact_mode ? [] : ['own_mode'],
        );
        for (const { detail } of output.shortcomings) t.match(detail, /^[A-Za-z].*\.$/s, 'a sentence');
        await shows(t, world, mode);
        for (const [name, value] of Object.entries(display.environment)) t.equal(output.environment[name], value, name);
        await output.release();
        await output.release();
        await shows(t, world, first_mode, 'it has gone back');
      }
      await display.close();
      await display.close();
      if (kind.display === 'embedded') t.same(pidsOf(runtime_dir, 'sway'), [], 'nothing is left');
    });

    await t.test('who comes too many is refused; who comes while another goes is not', async (t) => {
      const display = await open(t, options);
      const { max_outputs } = display.capabilities;
      const leased: Output[] = [];
      while (leased.length < max_outputs) leased.push(await display.lease(stream_mode, clientOf(leased.length), true));
      const refused = { code: 'DISPLAY_FULL', message: /^The desktop has no output for one more client: .*\.$/ };
      await t.rejects(display.lease(other_mode, phone, true), refused);
      await shows(t, world, stream_mode, 'nobody else notices');
      const [first, ...others] = leased;
      const going = first?.release();
      const output = await display.lease(other_mode, phone, true);
      await going;
      await shows(t, world, other_mode, 'the mode of the one that came, not the one before the stream');
      await t.rejects(display.lease(stream_mode, tablet, true), refused, 'its place is taken again');
      await first?.release();
      await shows(t, world, other_mode, 'what was given back is given back once');
      for (const one of [output, ...others]) await one.release();
      await shows(t, world, first_mode);
    });

    const one_client = kind.can.max_outputs === 1 && 'one client at a time';
    await t.test('each of several clients has a place of its own', { skip: one_client }, async (t) => {
      const display = await open(t, options);
      const sway = await lookInto(t, world.socket ?? '');
      const first = await display.lease(stream_mode, tablet, true);
      let second = await display.lease(other_mode, phone, true);
      const names = [first, second].map(({ description }) => description);
      t.same(await Promise.all(names.map((name) => world.mode?.(name))), [stream_mode, other_mode]);
      for (const at of ['video', 'input', 'sound'] as const) t.not(first[at], null, at);
      t.match(
        [first.video, second.video],
        names.map((output) => ({ output })),
      );
      t.match([first.input, second.input], [{ seat: '' }, { seat: 'punktfunk-2' }]);
      t.match([first.sound, second.sound], [{ make_default: true }, { make_default: false }]);
      t.not(first.sound?.sink_name, second.sound?.sink_name);
      t.equal(second.environment.PULSE_SINK, second.sound?.sink_name);

      const seats = (await sway.control.seats()).map(({ name }) => name).sort();
      const made = Array.from({ length: display.capabilities.max_outputs - 1 }, (_, index) => `punktfunk-${index + 2}`);
      t.same(seats, [...made, 'seat0'], 'all seats at once: one more command would take the devices from their seats');

      const of_second = await sway.open(second);
      await eventually('its window in its place', () => sway.shows(second, of_second));
      const of_first = await sway.open(first);
      await eventually('a window of the first in its own', () => sway.shows(first, of_first));
      await eventually('each keyboard where its client is', () => sway.focusIs(first, second));
      t.ok(await sway.shows(second, of_second), 'it stays where it was');
      const another_of_first = await sway.open(first);
      await eventually('another one', () => sway.shows(first, another_of_first));
      await eventually('the keyboard of the second, which Sway gives away with it', () => sway.focusIs(first, second));

      const filling = await sway.open(first, '--fullscreen');
      await eventually('a window that fills the first output', () => sway.isFilledBy(first, filling));
      const other = await sway.open(second, '--fullscreen');
      await eventually('one that fills the second', () => sway.isFilledBy(second, other));
      await eventually('the first as it was', () => sway.isFilledBy(first, filling));

      const gone = second.description;
      await second.release();
      await second.release();
      t.same(await world.mode?.(first.description), stream_mode, 'the first loses nothing');
      t.ok(await sway.shows(first, of_first));
      t.equal(
        (await sway.control.outputs()).some(({ name }) => name === gone),
        !unplugs,
        'its output is gone',
      );
      second = await display.lease(stream_mode, phone, true);
      await eventually('what it left', () => sway.shows(second, of_second));
      await eventually('the keyboard in it', () => sway.focusIs(first, second));
      await first.release();
      await shows(t, world, first_mode, 'the first has gone back');
      t.same(await world.mode?.(second.description), stream_mode, 'the second loses nothing');
      const third = await display.lease(other_mode, clientOf(3), true);
      t.equal(third.description, first.description, 'the desktop as it is, not what another has left');
      await Promise.all([second.release(), third.release()]);
      await shows(t, world, first_mode);
      await display.close();
    });

    await t.test('gives back what its clients left leased when it is closed', async (t) => {
      const display = await open(t, options);
      const output = await display.lease(stream_mode, tablet, true);
      await display.close();
      if (kind.display !== 'embedded') await shows(t, world, first_mode);
      await t.rejects(display.lease(stream_mode, tablet, true), { code: 'DISPLAY_GONE' });
      await output.release().catch(() => {}); // there is nothing to give back any more
    });

    await t.test('a host that is killed leaves nothing behind', async (t) => {
      const host = startChild(hostThatStreams(options), { owner: t });
      host.stderr.pipe(process.stderr);
      t.equal(String(await once(createInterface({ input: host.stdout }), 'line')), 'streaming');
      await shows(t, world, stream_mode);
      const sway = kind.can.max_outputs > 1 && world.socket ? await lookInto(t, world.socket) : undefined;
      if (sway) t.equal((await sway.control.outputs()).length, 2, 'two clients');
      host.kill('SIGKILL');
      await once(host, 'exit');
      if (kind.display === 'embedded') {
        await eventually('the end of the desktop', () => livingIn(runtime_dir).length === 0 || undefined);
        return;
      }
      const display = await open(t, options);
      await shows(t, world, first_mode, 'the next host puts the mode back');
      if (sway) t.equal((await sway.control.outputs()).length, 1, 'and takes the output away that it made');
      await (await display.lease(stream_mode, tablet, true)).release();
      await shows(t, world, first_mode);
      await display.close();
    });

    await t.test('tells of its end, once, and what is there then is chosen', async (t) => {
      const display = await open(t, options);
      const told: string[] = [];
      display.onGone((sentence) => told.push(sentence));
      const output = await display.lease(stream_mode, tablet, true);
      // A second compositor of the kind, under another name, before the first one ends.
      const second = kind.display === 'embedded' ? undefined : await kind.start(t, runtime_dir);
      await world.end();
      await eventually('word of the end', () => told[0]);
      t.equal(typeof (await display.ask()), 'string', 'it says so when it is asked, too');
      await output.release().catch(() => {}); // there is nobody to give it back to
      await output.release().catch(() => {});
      await display.close();
      t.equal(told.length, 1);

      const next = await open(t, options);
      t.match(next.description, kind.description);
      t.equal(await next.ask(), undefined);
      if (second) {
        t.not(next.environment.WAYLAND_DISPLAY, display.environment.WAYLAND_DISPLAY);
        await next.lease(stream_mode, tablet, true);
        await shows(t, second, stream_mode, 'it is the second that is spoken to');
      }
      next.onGone(() => t.fail('closed by us is not gone'));
      await next.close();
    });
  });
}

t.test('a session that comes back is preferred to the embedded desktop', { skip: no_sway }, async (t) => {
  const runtime_dir = folder(t);
  const session_dir = join(runtime_dir, 's');
  mkdirSync(session_dir);
  const environment = { PATH: process.env.PATH, HOME: runtime_dir, XDG_RUNTIME_DIR: session_dir };
  const display = await open(t, { data_dir: runtime_dir, runtime_dir, log, kind: 'auto', environment });
  t.match(display.description, /^embedded/);
  t.equal(await display.isFirstChoice(), true, 'there is no session');
  await startFakeCompositor(t, join(session_dir, 'wayland-1'), not_wlroots);
  t.equal(await display.isFirstChoice(), false, 'now there is one');
});

/** A Sway from outside: what it shows, and programs on it. */
async function lookInto(t: Test, socket: string) {
  const control = await SwayControl.open(socket);
  t.teardown(() => control.close());
  const workspaceOn = async (name: string) => {
    const { current_workspace } = await control.output(name);
    return (await control.workspaces()).find((workspace) => workspace.name === current_workspace);
  };
  const focusOf = async ({ input }: Output) =>
    (await control.seats()).find(({ name }) => name === (input?.seat || 'seat0'))?.focus ?? 0;
  return {
    control,
    /** Starts a program with a window for the client of this output; its process. */
    open: async ({ environment }: Output, ...how: string[]) => {
      const {
        pid = 0,
        stderr,
        stdout,
      } = startChild(['foot', ...how, 'sleep', '1000'], {
        environment: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
        owner: t,
      });
      stderr.resume();
      stdout.resume();
      await eventually('a window', async () => {
        const windows = (await control.workspaces()).flatMap((workspace) => workspace.windows);
        return windows.some((window) => window.pid === pid) || undefined;
      });
      return pid;
    },
    shows: async ({ description }: Output, pid: number) =>
      (await workspaceOn(description))?.windows.some((window) => window.pid === pid) || undefined,
    isFilledBy: async ({ description }: Output, pid: number) => {
      const workspace = await workspaceOn(description);
      const window = workspace?.windows.find(({ id }) => id === workspace.fullscreen);
      return window?.pid === pid || undefined;
    },
    /** Each seat has its keyboard in the workspace that its output shows. */
    focusIs: async (...outputs: Output[]) => {
      for (const output of outputs) {
        const workspace = await workspaceOn(output.description);
        if (!workspace?.nodes.has(await focusOf(output))) return undefined;
      }
      return true;
    },
  };
}

async function swayVersion(): Promise<string> {
  return findProgram('sway') ? (await runChild(['sway', '--version'])).out : '';
}

async function open(t: Test, options: DisplayOptions): Promise<Display> {
  const display = await openDisplay(options);
  t.teardown(() => display.close());
  return display;
}

/** A host as far as its display goes: it has set the mode of a stream, and waits. */
function hostThatStreams({ data_dir, runtime_dir, kind, environment }: DisplayOptions): string[] {
  const module = (path: string) => JSON.stringify(join(import.meta.dirname, path));
  return [
    process.execPath,
    '--input-type=module',
    '-e',
    `const { openDisplay } = await import(${module('open-display.ts')});
     const { createLogger } = await import(${module('../log.ts')});
     const log = await createLogger({ level: 'silent', pretty: false });
     const display = await openDisplay({ ...${JSON.stringify({ data_dir, runtime_dir, kind, environment })}, log });
     await display.lease(${JSON.stringify(stream_mode)}, ${JSON.stringify(tablet)}, true);
     if (display.capabilities.max_outputs > 1) await display.lease(${JSON.stringify(other_mode)}, ${JSON.stringify(phone)}, true);
     console.log('streaming');
     setInterval(() => {}, 1e6);`,
  ];
}

t.test('of two Sways the one that is captured is spoken to', { skip: no_sway }, async (t) => {
  const runtime_dir = folder(t);
  const first = await startSway(t, runtime_dir);
  const second = await startSway(t, runtime_dir);
  for (const [captured, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const environment = {
      XDG_RUNTIME_DIR: runtime_dir,
      WAYLAND_DISPLAY: captured.wayland_display,
      SWAYSOCK: other.sway_socket, // of another session, as a shell may have it that outlived a compositor
    };
    const display = await open(t, { data_dir: runtime_dir, runtime_dir, log, kind: 'session', environment });
    await display.lease(stream_mode, tablet, true);
    t.same(await modeOf(captured.sway_socket), stream_mode);
    t.same(await modeOf(other.sway_socket), first_mode);
    t.equal(display.environment.SWAYSOCK, captured.sway_socket, 'programs are told the right one');
    await display.close();
    t.same(await modeOf(captured.sway_socket), first_mode);
  }
});

t.test('an output that sleeps is switched on', { skip: no_sway }, async (t) => {
  const runtime_dir = folder(t);
  const sway = await startSway(t, runtime_dir);
  const environment = { XDG_RUNTIME_DIR: runtime_dir };
  const display = await open(t, { data_dir: runtime_dir, runtime_dir, log, kind: 'session', environment });
  const slept = await runChild(['swaymsg', '--socket', sway.sway_socket, 'output HEADLESS-1 dpms off']);
  t.equal(slept.code, 0);
  await display.lease(stream_mode, tablet, true);
  t.same(await modeOf(sway.sway_socket), stream_mode);
});

const no_swayidle = findProgram('swayidle') ? false : 'swayidle not installed (Debian: apt install swayidle)';
t.test('who watches is not idle', { skip: no_sway || no_swayidle }, async (t) => {
  const runtime_dir = folder(t);
  const idle = async (sway: TestSway) => {
    const child = startChild(['swayidle', 'timeout', '1', 'echo idle >&2'], {
      environment: { PATH: process.env.PATH, XDG_RUNTIME_DIR: runtime_dir, WAYLAND_DISPLAY: sway.wayland_display },
      owner: t,
    });
    const lines: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    return { heard: () => lines.includes('idle') || undefined };
  };
  const watched = await startSway(t, runtime_dir);
  const unwatched = await startSway(t, runtime_dir);
  const environment = { XDG_RUNTIME_DIR: runtime_dir, WAYLAND_DISPLAY: watched.wayland_display };
  const display = await open(t, { data_dir: runtime_dir, runtime_dir, log, kind: 'session', environment });
  const output = await display.lease(stream_mode, tablet, true);
  t.equal(await display.ask(), undefined); // the inhibitor has arrived
  const of_watched = await idle(watched);
  // Three desktops that nobody watches fall asleep one after the other meanwhile.
  for (const name of ['first', 'second', 'third']) {
    const { heard } = await idle(unwatched);
    await eventually(`the ${name} idleness of the other desktop`, heard);
  }
  t.notOk(of_watched.heard(), 'the one that is watched has not been idle');
  await output.release();
  await eventually('its idleness once nobody watches', of_watched.heard);
});
