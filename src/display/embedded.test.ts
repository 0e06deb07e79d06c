// The desktop that ships: real Sway, PipeWire and bus. As root these cannot run (Sway refuses it); tools/test.sh runs them as an ordinary
// user.

import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { own_sink } from '../contract/audio.ts';
import { findProgram } from '../find-program.ts';
import { createLogger } from '../log.ts';
import { runChild, startChild } from '../test-children.ts';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import { accepts } from './child.ts';
import { SwayControl } from './drivers/sway-control.ts';
import { swayFiles } from './embedded-config.ts';
import { missingPrograms } from './embedded-programs.ts';
import { own_output } from './headless-sway.ts';
import { openDisplay } from './open-display.ts';
import { livingIn, nameOf, pidsOf } from './test-desktop.ts';
import { modeOf } from './test-sway.ts';
import { WaylandConnection } from './wayland-connection.ts';

const missing = missingPrograms();
const skip =
  process.getuid?.() === 0 ? 'Sway refuses root' : missing.length > 0 ? `${missing.join(', ')} not installed` : false;
const pulse = findProgram('pipewire-pulse') !== undefined;
const log = await createLogger({ level: 'silent', pretty: false });
const tablet = { id: 'tablet', name: 'Tablet' };

t.test('the embedded desktop', { skip }, async (t) => {
  const runtime_dir = folder(t);
  const complaints: string[] = [];
  const destination = { write: (line: string) => void complaints.push(line) };
  const strict = await createLogger({ level: 'warn', pretty: false, destination });
  const display = await openDisplay({ data_dir: runtime_dir, runtime_dir, log: strict, kind: 'embedded' });
  t.teardown(() => display.close());
  const socket = join(display.environment.XDG_RUNTIME_DIR ?? '', display.environment.WAYLAND_DISPLAY ?? '');
  const connection = await WaylandConnection.open(socket);
  t.ok(connection.offers('zwlr_screencopy_manager_v1'), 'can be captured');
  t.ok(connection.offers('zwlr_virtual_pointer_manager_v1'), 'can be given input');
  connection.close();
  t.ok(existsSync(join(display.environment.XDG_RUNTIME_DIR ?? '', 'pipewire-0')), 'has sound');

  await t.test('has a terminal, a clock and a sound session that stay', async (t) => {
    const expected = ['foot', 'sh', 'sleep', 'swaybar', 'wireplumber', ...(pulse ? ['pipewire-pulse'] : [])];
    const missing = () => {
      const names = new Set(livingIn(runtime_dir).map((pid) => nameOf(pid)));
      return expected.filter((name) => !names.has(name));
    };
    await eventually('all programs', () => missing().length === 0 || undefined);
    t.same(complaints, [], 'no program ended');
  });

  await t.test('takes the size it is asked for, and goes back', async (t) => {
    for (const mode of [
      { width: 1920, height: 1080, refresh_mhz: 60_000 },
      { width: 1281, height: 721, refresh_mhz: 59_940 },
      { width: 640, height: 480, refresh_mhz: 120_000 },
    ]) {
      const output = await display.lease(mode, tablet, true);
      t.same(await currentMode(display.environment), { ...mode, refresh_mhz: 0 }, "the rate is its screen's");
      await output.release();
      t.same(await currentMode(display.environment), { width: 1280, height: 720, refresh_mhz: 0 });
    }
  });

  await t.test("as somebody's session keeps its mode for a client that does not want it changed", async (t) => {
    const { environment } = display;
    const session = await openDisplay({
      data_dir: runtime_dir,
      runtime_dir,
      log: strict,
      kind: 'session',
      environment,
    });
    t.teardown(() => session.close());
    const before = await currentMode(environment);
    const mode = { width: 800, height: 600, refresh_mhz: 60_000 };
    for (const may_change of [false, true]) {
      for (const desktop of [display, session]) {
        const output = await desktop.lease(mode, tablet, may_change);
        const keeps = desktop === session && !may_change;
        t.same(await currentMode(environment), keeps ? before : { ...mode, refresh_mhz: 0 });
        t.equal(output.input?.sway_socket, environment.SWAYSOCK, 'Sway tells the engine the active layout');
        await output.release();
        t.same(await currentMode(environment), before);
      }
    }
  });

  await t.test('goes on after its output was switched off and on again', async (t) => {
    const control = await SwayControl.open(display.environment.SWAYSOCK ?? '');
    t.teardown(() => control.close());
    for (const word of ['dpms off', 'dpms on', 'disable', 'enable'])
      t.equal(await control.command(`output ${own_output} ${word}`), undefined, word);
    t.equal(await display.ask(), undefined, 'it answers');
    const mode = { width: 800, height: 600, refresh_mhz: 60_000 };
    const output = await display.lease(mode, tablet, true);
    t.same(await currentMode(display.environment), { ...mode, refresh_mhz: 0 });
    await output.release();
  });

  await display.close();
  t.notOk(existsSync(join(runtime_dir, 'desktop')), 'no file is left');
  await eventually('the end of its windows', () => livingIn(runtime_dir).length === 0 || undefined);
});

t.test('what its programs are given', { skip }, async (t) => {
  const runtime_dir = folder(t);
  const home = join(runtime_dir, 'home');
  mkdirSync(home);
  const display = await openDisplay({
    data_dir: runtime_dir,
    runtime_dir,
    log,
    kind: 'embedded',
    environment: { ...process.env, HOME: home, API_TOKEN: 'secret', SUDO_COMMAND: 'x', XKB_DEFAULT_LAYOUT: 'de' },
  });
  t.teardown(() => display.close());
  t.equal(display.environment.XKB_DEFAULT_LAYOUT, 'de', 'applications and the engine know the keyboard');
  for (const name of ['foot', 'sh', 'swaybar', 'sway', 'wireplumber', 'dbus-daemon']) {
    const pids = await eventually(name, () => some(pidsOf(runtime_dir, name)));
    for (const pid of pids) {
      const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      t.notOk(
        variables.find((variable) => /^(API_TOKEN|SUDO_COMMAND)=/.test(variable)),
        `${name} has nothing that was not meant for it`,
      );
    }
  }
  // Newer terminals stay at / themselves: what counts is where their shell is.
  const [terminal] = pidsOf(runtime_dir, 'foot');
  const shell = await eventually('its shell', () =>
    readFileSync(`/proc/${terminal}/task/${terminal}/children`, 'utf8')
      .split(' ')
      .find((pid) => pid !== '' && nameOf(pid) !== 'foot'),
  );
  t.equal(readlinkSync(`/proc/${shell}/cwd`), home, 'a terminal begins at home');
  const [sway] = pidsOf(runtime_dir, 'sway');
  t.match(readFileSync(`/proc/${sway}/environ`, 'utf8'), /\0XKB_DEFAULT_LAYOUT=de\0/);
});

t.test('the buttons of the bar', async (t) => {
  const directory = folder(t);
  const place = { directory: '/config', settings_file: '/data/config.json', output: 'WL-1', mode: '1280x720' };
  const files = swayFiles({ terminal: true, launcher: true }, place);
  writeFileSync(join(directory, 'bar.sh'), files['bar.sh'] ?? '');
  writeFileSync(join(directory, 'swaymsg'), '#!/bin/sh\necho "$@" >&2\n', { mode: 0o755 });
  const clicks = ['close', 'nobody', 'terminal', 'applications'].map((name) => `{ "name": "${name}", "button": 1 }`);
  writeFileSync(join(directory, 'clicks'), `[\n${clicks.join('\n,')}\n`);
  const { out, err } = await runChild(['sh', '-c', `sh '${directory}/bar.sh' < '${directory}/clicks'`], {
    environment: { PATH: `${directory}:${process.env.PATH}` },
  });
  t.match(err, /^--quiet kill\n--quiet exec foot .*\n--quiet exec fuzzel .*\n$/);
  const [header = '', ...lines] = out.trim().split('\n');
  t.same(JSON.parse(header), { version: 1, click_events: true });
  for (const line of lines.slice(1)) t.type(JSON.parse(line.slice(1)), Array);
  t.notMatch(Object.values(swayFiles({ terminal: false, launcher: false }, place)).join(), /exec foot|fuzzel/);
});

t.test(
  "what plays is given the first client's sink, and stays there when another client's comes",
  { skip },
  async (t) => {
    for (const with_pulse of [true, false]) {
      const absent = with_pulse && !pulse && 'pipewire-pulse is not installed';
      await t.test(with_pulse ? 'with pipewire-pulse' : 'without it', { skip: absent }, async (t) => {
        const runtime_dir = folder(t);
        const PATH = with_pulse ? process.env.PATH : pathWithout(join(runtime_dir, 'programs'), 'pipewire-pulse');
        const environment = { ...process.env, PATH };
        const display = await openDisplay({ data_dir: runtime_dir, runtime_dir, log, kind: 'embedded', environment });
        t.teardown(() => display.close());
        const inside = { PATH: process.env.PATH, ...display.environment };
        const sinks = async () => {
          const { out } = await runChild(['timeout', '30', 'pw-link', '--input', '--links'], { environment: inside });
          return [...out.matchAll(/^(.+):playback_FL\n {2}\|<- +pw-cat:/gm)].map(([, sink]) => sink);
        };
        const plays = (sink: string) =>
          eventually(`the player at ${sink}`, async () => {
            t.equal(player.exitCode, null, `the player lives: ${complaint}`);
            return (await sinks()).join() === sink || undefined;
          });
        if (with_pulse)
          await eventually('the sound server', () =>
            accepts(join(display.environment.XDG_RUNTIME_DIR ?? '', 'pulse/native')),
          );
        // From PipeWire 1.0 on it must be told that what comes is no file of sound.
        const raw = (await runChild(['pw-cat', '--help'])).out.includes('--raw') ? '--raw' : '';
        const player = startChild(['sh', '-c', `exec pw-cat --playback ${raw} - < /dev/zero`], {
          environment: inside,
          owner: t,
        });
        let complaint = '';
        player.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
        await plays(own_sink.sink_name);
        const pipe = join(runtime_dir, 'engine'); // one process alone, whose input does not end before it
        const feed = `mkfifo '${pipe}'; exec 3<>'${pipe}'; echo '${further_sink}' >&3; exec pw-cli <&3`;
        startChild(['sh', '-c', feed], { environment: inside, owner: t });
        const input = ['timeout', '30', 'pw-link', '--input'];
        await eventually(
          'the ports of the other sink',
          async () => (await runChild(input, { environment: inside })).out.includes('further:playback_FL') || undefined,
        );
        await plays(own_sink.sink_name);
        const { out } = await runChild(['timeout', '30', 'pw-metadata', '0', 'default.audio.sink'], {
          environment: inside,
        });
        t.match(out, `{"name":"${own_sink.sink_name}"}`, 'who is told nothing plays to the first');
        t.notMatch((await runChild(input, { environment: inside })).out, /auto_null/, 'and there is no other');
      });
    }
  },
);

t.test('a helper that ends again and again is told as lost, and the desktop goes on', { skip }, async (t) => {
  const runtime_dir = folder(t);
  const programs = join(runtime_dir, 'programs');
  mkdirSync(programs);
  writeFileSync(join(programs, 'pipewire-pulse'), '#!/bin/sh\necho no room >&2\nexit 3\n', { mode: 0o755 });
  const environment = { ...process.env, PATH: `${programs}:${process.env.PATH}` };
  const display = await openDisplay({ data_dir: runtime_dir, runtime_dir, log, kind: 'embedded', environment });
  t.teardown(() => display.close());
  const lost = await eventually('the end of trying', () => display.lost()[0]);
  const parameters = { program: 'pipewire-pulse', reason: 'pipewire-pulse exited with 3 (no room) again and again' };
  t.same(lost, { code: 'program_lost', parameters });
  t.equal(display.description, 'embedded desktop (sway, WL-1, without pipewire-pulse)');
  t.equal(await display.ask(), undefined, 'it can be streamed');
});

t.test('a desktop that nobody waits for any more is not waited for', { skip }, async (t) => {
  const runtime_dir = folder(t);
  const programs = join(runtime_dir, 'programs');
  mkdirSync(programs);
  writeFileSync(join(programs, 'sway'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
  const environment = { ...process.env, PATH: `${programs}:${process.env.PATH}` };
  const stopping = new AbortController();
  const { signal } = stopping;
  const opening = openDisplay({ data_dir: runtime_dir, runtime_dir, log, kind: 'embedded', environment, signal });
  await eventually('a Sway that hangs', () => single(pidsOf(runtime_dir, 'sleep')));
  stopping.abort();
  await t.rejects(opening, { code: 'DISPLAY_UNAVAILABLE' });
  t.same(livingIn(runtime_dir), [], 'nothing of it is left');
});

t.test('only the end of Sway is the end of the desktop', { skip }, async (t) => {
  const runtime_dir = folder(t);
  const display = await openDisplay({ data_dir: runtime_dir, runtime_dir, log, kind: 'embedded' });
  t.teardown(() => display.close());
  const gone: string[] = [];
  display.onGone((sentence) => gone.push(sentence));
  const runtime = display.environment.XDG_RUNTIME_DIR ?? '';
  const sockets = {
    'dbus-daemon': 'bus',
    pipewire: 'pipewire-0',
    wireplumber: undefined,
    'pipewire-pulse': 'pulse/native',
  };
  const [sway] = await eventually('Sway', () => single(pidsOf(runtime_dir, 'sway')));
  for (const [name, socket] of Object.entries(sockets)) {
    const absent = !findProgram(name) && `${name} is not installed`;
    await t.test(name, { skip: absent }, async (t) => {
      const [killed = 0] = await eventually(name, () => single(pidsOf(runtime_dir, name)));
      process.kill(killed, 'SIGKILL');
      const [again] = await eventually(`another ${name}`, () => {
        const now = pidsOf(runtime_dir, name).filter((pid) => pid !== killed);
        return single(now);
      });
      t.not(again, killed);
      if (socket) await eventually(socket, async () => (await accepts(join(runtime, socket))) || undefined);
      await eventually('sound with its policy', () => soundIsWhole(display.environment));
      t.same(pidsOf(runtime_dir, 'sway'), [sway]);
      t.equal(await display.ask(), undefined, 'the desktop answers');
      t.equal(display.description, 'embedded desktop (sway, WL-1)');
    });
  }
  t.same(gone, [], 'the desktop never went');
  process.kill(sway ?? 0, 'SIGKILL');
  await eventually('word of the end', () => gone[0]);
  t.match(gone, [/^sway died of SIGKILL/]);
  t.match(await display.ask(), /closed/);
  await display.close();
  await eventually('the end of its windows', () => livingIn(runtime_dir).length === 0 || undefined);
});

t.test('the desktop ends with a host that is killed', { skip }, async (t) => {
  const runtime_dir = folder(t);
  const host = startChild(
    [
      process.execPath,
      '--input-type=module',
      '-e',
      `const { openDisplay } = await import(${JSON.stringify(join(import.meta.dirname, 'open-display.ts'))});
       const { createLogger } = await import(${JSON.stringify(join(import.meta.dirname, '../log.ts'))});
       const runtime_dir = ${JSON.stringify(runtime_dir)};
       const log = await createLogger({ level: 'silent', pretty: false });
const tablet = { id: 'tablet', name: 'Tablet' };
       await openDisplay({ data_dir: runtime_dir, runtime_dir, log, kind: 'embedded' });
       console.log('up');
       setInterval(() => {}, 1e6);`,
    ],
    { owner: t },
  );
  host.stderr.pipe(process.stderr);
  const [first] = await once(createInterface({ input: host.stdout }), 'line');
  t.equal(first, 'up');
  t.ok(livingIn(runtime_dir).length >= 4, 'it was running');
  host.kill('SIGKILL');
  await once(host, 'exit');
  const deadline = performance.now() + 60_000;
  const watcher = watch(join(runtime_dir, 'desktop')); // sockets vanish as their owners end
  while (livingIn(runtime_dir).length > 0 && performance.now() < deadline) {
    await once(watcher, 'change', { signal: AbortSignal.timeout(100) }).catch(() => {});
  }
  watcher.close();
  t.same(livingIn(runtime_dir), [], 'no process is left');
});

t.test('root is refused with a sentence', async (t) => {
  const getuid = process.getuid;
  process.getuid = () => 0; // the tests run as an ordinary user
  t.teardown(() => Object.assign(process, { getuid }));
  await t.rejects(openDisplay({ data_dir: '/nonexistent', runtime_dir: '/nonexistent', log, kind: 'embedded' }), {
    code: 'DISPLAY_UNAVAILABLE',
    message: /does not run as root/,
  });
});

/** As an engine makes that of a further client. */
const further_sink =
  'create-node adapter { factory.name=support.null-audio-sink node.name=further media.class=Audio/Sink audio.position=[FL,FR] priority.session=-1000 }';

/** All programs of this machine but one. */
function pathWithout(directory: string, program: string): string {
  mkdirSync(directory);
  for (const from of (process.env.PATH ?? '').split(':').toReversed()) {
    for (const name of existsSync(from) ? readdirSync(from) : []) {
      rmSync(join(directory, name), { force: true });
      if (name !== program) symlinkSync(join(from, name), join(directory, name));
    }
  }
  return directory;
}

const currentMode = ({ SWAYSOCK = '' }: Readonly<Record<string, string>>) => modeOf(SWAYSOCK);

const some = (pids: number[]): number[] | undefined => (pids.length > 0 ? pids : undefined);
const single = (pids: number[]): number[] | undefined => (pids.length === 1 ? pids : undefined);

/** WirePlumber is connected to PipeWire, and both answer. */
async function soundIsWhole(environment: Readonly<Record<string, string>>): Promise<true | undefined> {
  const { out } = await runChild(['timeout', '5', 'pw-cli', 'list-objects', 'Client'], {
    environment: { PATH: process.env.PATH, ...environment },
  });
  return out.includes('"WirePlumber"') || undefined;
}
