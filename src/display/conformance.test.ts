// What every kind of display keeps to: the mode of a stream and the mode before it, also after the host was killed; its end noticed; the
// desktop that is there now chosen, not the one that was there once.

import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
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
  mode?: () => Promise<Mode>;
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

/** The desktop's own, and a Sway for each further client. */
const max_outputs = no_sway ? 1 : 4;

const kinds: Kind[] = [
  {
    name: 'the embedded desktop',
    description: /^embedded desktop \(sway, WL-1\)$/,
    display: 'embedded',
    can: { exact_mode: true, max_outputs },
    start: async (_, runtime_dir) => {
      const desktop = join(runtime_dir, 'desktop');
      const sway = () => pidsOf(desktop, 'sway')[0] ?? 0;
      return {
        mode: () => modeOf(join(desktop, 'sway.sock')),
        end: async () => void process.kill(sway(), 'SIGKILL'),
      };
    },
  },
  {
    name: 'a session of Sway',
    description: /^this session \(sway, HEADLESS-1\)$/,
    display: 'session',
    can: { exact_mode: true, max_outputs },
    start: async (t, runtime_dir) => {
      const sway = await startSway(t, runtime_dir);
      return { mode: () => modeOf(sway.sway_socket), end: sway.end };
    },
  },
  {
    name: 'a session of another wlroots compositor',
    description: /^this session \(wayland-\d+, wlroots\)$/,
    display: 'session',
    can: { exact_mode: false, max_outputs },
    start: async (t, runtime_dir) => {
      const sway = await startSway(t, runtime_dir, { hidden: true });
      return { mode: () => modeOf(sway.sway_socket), end: sway.end };
    },
  },
  {
    name: 'a session behind the desktop portal',
    description: /^this session \(desktop, through the desktop portal\)$/,
    display: 'session',
    can: { exact_mode: false, max_outputs },
    start: (t, runtime_dir) => startFakeCompositor(t, join(runtime_dir, `wayland-${40 * fakes++}`), not_wlroots),
  },
];
/** wayland-0, as GNOME and KDE, and wayland-40: a Sway takes the first that is free of 1 to 32, and one that was killed leaves its own there. */
let fakes = 0;

for (const kind of kinds) {
  const skip = kind.name.includes('portal') ? false : no_sway;
  t.test(kind.name, { skip }, async (t) => {
    const runtime_dir = folder(t);
    const environment = { PATH: process.env.PATH, HOME: runtime_dir, XDG_RUNTIME_DIR: runtime_dir };
    const options: DisplayOptions = { data_dir: runtime_dir, runtime_dir, log, kind: kind.display, environment };
    const world = await kind.start(t, runtime_dir);
    const { exact_mode } = kind.can;
    /** That the compositor shows this mode of a stream, where modes are its business and it takes them; first_mode: that it has its own. */
    const shows = async (t: TapTest, of_world: World, mode: Mode, what = 'shown') => {
      if (!of_world.mode) return;
      const shown = await of_world.mode();
      if (exact_mode && mode !== first_mode) serves(t, shown, mode, what);
      else t.same(shown, { ...first_mode, refresh_mhz: shown.refresh_mhz && first_mode.refresh_mhz }, what);
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
          output.shortcomings.map(({ code }) => code).filter((code) => code !== 'program_missing'),
          exact_mode ? [] : ['own_mode'],
        );
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
    await t.test('each further client has a Sway of its own', { skip: one_client }, async (t) => {
      const display = await open(t, options);
      const first = await display.lease(stream_mode, tablet, true);
      const second = await display.lease(other_mode, phone, true);
      const third = await display.lease(first_mode, clientOf(3), true);
      await shows(t, world, stream_mode);
      t.equal(first.environment.PULSE_SINK, undefined, 'the first hears the default sink');
      const { WAYLAND_DISPLAY: wayland_display, SWAYSOCK: sway_socket = '' } = second.environment;
      serves(t, await modeOf(sway_socket), other_mode, 'in its own mode');
      t.equal(new Set([first, second, third].map((one) => one.environment.WAYLAND_DISPLAY)).size, 3);
      t.match(second.video, { kind: 'wlroots', wayland_display, output: 'WL-1' });
      t.match(second.input, { wayland_display, sway_socket, seat: '' });
      t.match(second.sound, { sink_name: 'punktfunk-2', make_default: false });
      t.match(third.sound, { sink_name: 'punktfunk-3', make_default: false });
      for (const name of ['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'])
        t.equal(second.environment[name], first.environment[name], `${name} is the desktop's`);

      const window = await openWindow(t, second);
      t.ok(await hasWindow(second, window), 'what is started for it opens there');
      t.notOk(await hasWindow(third, window));
      t.equal(await command(second, 'exec sleep 1234'), undefined);
      const by_key = await eventually('what is started by a key', () => sleeping(second)[0]);
      const variables = readFileSync(`/proc/${by_key}/environ`, 'utf8').split('\0');
      for (const name of ['PULSE_SINK', 'PIPEWIRE_NODE'])
        t.ok(variables.includes(`${name}=punktfunk-2`), `${name} leads to its sink`);
      t.ok(variables.includes(`WAYLAND_DISPLAY=${wayland_display}`));

      await second.release();
      await second.release();
      const again = await display.lease(stream_mode, phone, true);
      t.equal(again.environment.SWAYSOCK, sway_socket);
      serves(t, await modeOf(sway_socket), stream_mode);
      t.ok(await hasWindow(again, window), 'it finds what it left');

      await again.release();
      await display.forget(tablet.id);
      await display.forget(phone.id);
      await eventually('the end of what it left', () => livingIn(folderOf(second)).length === 0 || undefined);
      await shows(t, world, stream_mode, 'the first loses nothing');
      serves(t, await modeOf(third.environment.SWAYSOCK ?? ''), first_mode, 'nor does the third');
      await display.close();
      await eventually('the end of all with the desktop', () => livingIn(folderOf(third)).length === 0 || undefined);
    });

    await t.test(
      'the desktop itself is for the next once nothing of another is on it',
      { skip: one_client },
      async (t) => {
        const display = await open(t, options);
        const first = await display.lease(stream_mode, tablet, true);
        await first.release();
        const second = await display.lease(other_mode, phone, true);
        t.not(second.environment.WAYLAND_DISPLAY, first.environment.WAYLAND_DISPLAY, 'what the first left is its own');
        await shows(t, world, first_mode);
        await display.forget(tablet.id);
        const third = await display.lease(other_mode, clientOf(3), true);
        t.equal(third.environment.WAYLAND_DISPLAY, first.environment.WAYLAND_DISPLAY);
        await shows(t, world, other_mode);
      },
    );

    await t.test('the death of one is not that of another', { skip: one_client }, async (t) => {
      const display = await open(t, options);
      display.onGone((sentence) => t.fail(`the desktop went: ${sentence}`));
      const first = await display.lease(stream_mode, tablet, true);
      const second = await display.lease(other_mode, phone, true);
      const third = await display.lease(other_mode, clientOf(3), true);
      for (const one of [first, third]) void one.gone.then((sentence) => t.fail(`another went: ${sentence}`));
      await openWindow(t, second);
      const [sway = 0] = pidsOf(folderOf(second), 'sway');
      process.kill(sway, 'SIGKILL');
      t.equal(await second.gone, 'sway died of SIGKILL');
      await second.release().catch(() => {}); // there is nobody to give it back to
      await eventually('the end of its programs', () => livingIn(folderOf(second)).length === 0 || undefined);
      t.equal(await display.ask(), undefined, 'the desktop answers');
      await shows(t, world, stream_mode);
      serves(t, await modeOf(third.environment.SWAYSOCK ?? ''), other_mode);
      const again = await display.lease(first_mode, phone, true);
      serves(t, await modeOf(again.environment.SWAYSOCK ?? ''), first_mode, 'it gets another');
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
      const spawned = join(runtime_dir, 'sway-2');
      t.equal(pidsOf(spawned, 'sway').length, kind.can.max_outputs > 1 ? 1 : 0, 'two clients where two can be');
      host.kill('SIGKILL');
      await once(host, 'exit');
      await eventually('the end of what was spawned', () => livingIn(spawned).length === 0 || undefined);
      if (kind.display === 'embedded') {
        await eventually('the end of the desktop', () => livingIn(runtime_dir).length === 0 || undefined);
        return;
      }
      const display = await open(t, options);
      await shows(t, world, first_mode, 'the next host puts the mode back');
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

/** The size that was asked for, and at least the rate. A Sway of ours knows none: that is its screen's. */
function serves(t: TapTest, { refresh_mhz, ...size }: Mode, asked: Mode, what = 'in its own mode'): void {
  t.match(asked, size, what);
  t.ok(refresh_mhz === 0 || refresh_mhz >= asked.refresh_mhz, `${what}: ${refresh_mhz} of ${asked.refresh_mhz} mHz`);
}

const folderOf = ({ environment }: Output): string => environment.PUNKTFUNK_SWAY ?? 'no Sway of its own';
const sleeping = (output: Output): number[] => pidsOf(folderOf(output), 'sleep').filter(isLong);
const isLong = (pid: number): boolean => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('1234');

async function command({ environment }: Output, text: string): Promise<string | undefined> {
  const control = await SwayControl.open(environment.SWAYSOCK ?? '');
  try {
    return await control.command(text);
  } finally {
    control.close();
  }
}

/** Starts a program with a window for the client of this output; its process. */
async function openWindow(t: Test, output: Output): Promise<number> {
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME, ...output.environment };
  const { pid = 0, stderr, stdout } = startChild(['foot', 'sleep', '1000'], { environment, owner: t });
  stderr.resume();
  stdout.resume();
  await eventually('a window', async () => (await hasWindow(output, pid)) || undefined);
  return pid;
}

async function hasWindow({ environment }: Output, pid: number): Promise<boolean> {
  const { out } = await runChild(['swaymsg', '--socket', environment.SWAYSOCK ?? '', '-t', 'get_tree']);
  return new RegExp(`"pid": ${pid},`).test(out);
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
    serves(t, await modeOf(captured.sway_socket), stream_mode);
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
  serves(t, await modeOf(sway.sway_socket), stream_mode);
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
