// What every kind of display keeps to: the mode of a stream and the mode before it, also after the host was killed; its end noticed; the
// desktop that is there now chosen, not the one that was there once.

import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { findProgram } from '../find-program.ts';
import { createLogger } from '../log.ts';
import { runChild, startChild } from '../test-children.ts';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import type { Display, DisplayOptions, Mode } from './display.ts';
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
  /** Codes of what it cannot do. */
  cannot: string[];
}

const log = await createLogger({ level: 'silent', pretty: false });
const first_mode: Mode = { width: 1280, height: 720, refresh_mhz: 60_000 };
const stream_mode: Mode = { width: 1366, height: 768, refresh_mhz: 59_940 };
const not_wlroots = ['wl_compositor', 'wl_shm', 'wl_seat', 'xdg_wm_base', 'zwp_idle_inhibit_manager_v1'];
const missing = missingPrograms();
const no_sway =
  process.getuid?.() === 0 ? 'Sway refuses root' : missing.length > 0 ? `${missing.join(', ')} not installed` : false;

const kinds: Kind[] = [
  {
    name: 'the embedded desktop',
    description: /^embedded desktop \(sway, HEADLESS-1\)$/,
    display: 'embedded',
    cannot: [],
    start: async (_, runtime_dir) => {
      const desktop = join(runtime_dir, 'desktop');
      const sway = () => pidsOf(runtime_dir, 'sway')[0] ?? 0;
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
    cannot: [],
    start: async (t, runtime_dir) => {
      const sway = await startSway(t, runtime_dir);
      return { mode: () => modeOf(sway.sway_socket), end: sway.end };
    },
  },
  {
    name: 'a session of another wlroots compositor',
    description: /^this session \(wayland-\d+, wlroots\)$/,
    display: 'session',
    cannot: ['own_mode'],
    start: async (t, runtime_dir) => {
      const sway = await startSway(t, runtime_dir, { hidden: true });
      return { mode: () => modeOf(sway.sway_socket), end: sway.end };
    },
  },
  {
    name: 'a session behind the desktop portal',
    description: /^this session \(desktop, through the desktop portal\)$/,
    display: 'session',
    cannot: ['own_mode'],
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
    const exact = kind.cannot.length === 0;

    await t.test('takes the mode of a stream and goes back', async (t) => {
      const display = await open(t, options);
      t.match(display.description, kind.description);
      t.equal(await display.ask(), undefined, 'it answers');
      t.equal(await display.isFirstChoice(), true);
      const cannot = await display.setMode(stream_mode);
      t.same(
        cannot.map(({ code }) => code).filter((code) => code !== 'no_pipewire_pulse'),
        kind.cannot,
      );
      for (const { detail } of cannot) t.match(detail, /^[A-Za-z].*\.$/s, 'a sentence');
      if (world.mode) t.same(await world.mode(), exact ? stream_mode : first_mode);
      await display.restoreMode();
      await display.restoreMode();
      if (world.mode) t.same(await world.mode(), first_mode);
      await display.close();
      await display.close();
      if (kind.display === 'embedded') t.same(pidsOf(runtime_dir, 'sway'), [], 'nothing is left');
    });

    await t.test('a host that is killed leaves nothing behind', async (t) => {
      const host = startChild(hostThatStreams(options), { owner: t });
      host.stderr.pipe(process.stderr);
      t.equal(String(await once(createInterface({ input: host.stdout }), 'line')), 'streaming');
      if (world.mode) t.same(await world.mode(), exact ? stream_mode : first_mode);
      host.kill('SIGKILL');
      await once(host, 'exit');
      if (kind.display === 'embedded') {
        await eventually('the end of the desktop', () => livingIn(runtime_dir).length === 0 || undefined);
        return;
      }
      const display = await open(t, options);
      if (world.mode) t.same(await world.mode(), first_mode, 'the next host puts the mode back');
      await display.setMode(stream_mode);
      await display.restoreMode();
      if (world.mode) t.same(await world.mode(), first_mode);
      await display.close();
    });

    await t.test('tells of its end, once, and what is there then is chosen', async (t) => {
      const display = await open(t, options);
      const told: string[] = [];
      display.onGone((sentence) => told.push(sentence));
      await display.setMode(stream_mode);
      // A second compositor of the kind, under another name, before the first one ends.
      const second = kind.display === 'embedded' ? undefined : await kind.start(t, runtime_dir);
      await world.end();
      await eventually('word of the end', () => told[0]);
      t.equal(typeof (await display.ask()), 'string', 'it says so when it is asked, too');
      await display.restoreMode().catch(() => {}); // there is nobody to restore it
      await display.close();
      t.equal(told.length, 1);

      const next = await open(t, options);
      t.match(next.description, kind.description);
      t.equal(await next.ask(), undefined);
      if (second) t.not(next.environment.WAYLAND_DISPLAY, display.environment.WAYLAND_DISPLAY);
      if (second?.mode) {
        await next.setMode(stream_mode);
        t.same(await second.mode(), exact ? stream_mode : first_mode, 'it is the second that is spoken to');
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
     await display.setMode(${JSON.stringify(stream_mode)});
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
    await display.setMode(stream_mode);
    t.same(await modeOf(captured.sway_socket), stream_mode);
    t.same(await modeOf(other.sway_socket), first_mode);
    await display.close();
    t.equal(display.environment.SWAYSOCK, captured.sway_socket, 'programs are told the right one');
    await (await open(t, { data_dir: runtime_dir, runtime_dir, log, kind: 'session', environment })).close();
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
  await display.setMode(stream_mode);
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
  await display.setMode(stream_mode);
  t.equal(await display.ask(), undefined); // the inhibitor has arrived
  const of_watched = await idle(watched);
  // Three desktops that nobody watches fall asleep one after the other meanwhile.
  for (const name of ['first', 'second', 'third']) {
    const { heard } = await idle(unwatched);
    await eventually(`the ${name} idleness of the other desktop`, heard);
  }
  t.notOk(of_watched.heard(), 'the one that is watched has not been idle');
  await display.restoreMode();
  await eventually('its idleness once nobody watches', of_watched.heard);
});
