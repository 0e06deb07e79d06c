// doctor's word on desktop and sound: what the things themselves answer, not what was found there once.

import { mkdirSync, renameSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { openDisplay } from '../display/open-display.ts';
import { startFakeCompositor } from '../display/test-sway.ts';
import { createLogger } from '../log.ts';
import { startChild } from '../test-children.ts';
import { folder } from '../test-folder.ts';
import { checkDesktop } from './desktop-check.ts';
import { checkPriority } from './engine-checks.ts';
import { checkSound } from './machine-checks.ts';

const log = await createLogger({ level: 'silent', pretty: false });

t.test('the desktop of a host that runs is asked', async (t) => {
  const runtime_dir = folder(t);
  const environment = { XDG_RUNTIME_DIR: runtime_dir };
  const compositor = await startFakeCompositor(t, join(runtime_dir, 'wayland-1'), ['wl_compositor']);
  const display = await openDisplay({ data_dir: runtime_dir, runtime_dir, log, kind: 'session', environment });
  t.teardown(() => display.close());
  const doctor = async () => {
    const { kind, description } = display;
    const running = { display: description, display_kind: kind, display_trouble: (await display.ask()) ?? null };
    return (await checkDesktop({ display: 'session' }, running, environment)).check;
  };
  t.match(await doctor(), { state: 'ok', detail: 'this session (desktop, through the desktop portal)' });
  compositor.hangs = true;
  t.match(await doctor(), { state: 'missing', detail: /portal\): the compositor does not answer$/, cure: /restart/ });
  await compositor.end();
  t.match(await doctor(), { state: 'missing', detail: /closed the connection$/ });
});

t.test('with no host, what one would find', async (t) => {
  const runtime_dir = folder(t);
  const environment = { XDG_RUNTIME_DIR: runtime_dir };
  const missing = { kind: 'session', check: { state: 'missing' } };
  t.match(await checkDesktop({ display: 'session' }, undefined, environment), missing);
  await startFakeCompositor(t, join(runtime_dir, 'wayland-1'), ['zwlr_screencopy_manager_v1']);
  const detail = 'the Wayland session wayland-1, captured through screencopy';
  const found = { kind: 'session', check: { state: 'ok', detail } };
  t.match(await checkDesktop({ display: 'session' }, undefined, environment), found);
  const lost = { display: null, display_kind: null, display_trouble: null };
  t.match(
    await checkDesktop({ display: 'session' }, lost, environment),
    found,
    'a host whose desktop went looks again',
  );
});

t.test('a socket that a dead PipeWire left behind is no sound', async (t) => {
  const runtime_dir = folder(t);
  const socket = join(runtime_dir, 'pipewire-0');
  const here = { ...process.env };
  delete process.env.PIPEWIRE_RUNTIME_DIR;
  delete process.env.PIPEWIRE_REMOTE;
  t.teardown(() => Object.assign(process.env, here));
  t.match(await checkSound(runtime_dir, 'session'), { state: 'note' });
  const server = createServer((connection) => connection.destroy());
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.match(await checkSound(runtime_dir, 'session'), { state: 'ok' });
  const dead = startChild(
    [process.execPath, '-e', `require('node:net').createServer().listen('${socket}.2', () => console.log('up'))`],
    { owner: t },
  );
  await new Promise((resolve) => dead.stdout.once('data', resolve));
  const left = join(runtime_dir, 'left');
  mkdirSync(left);
  const ended = new Promise((resolve) => dead.once('exit', resolve));
  dead.kill('SIGKILL');
  await ended;
  renameSync(`${socket}.2`, join(left, 'pipewire-0'));
  t.match(await checkSound(left, 'session'), { state: 'note', detail: /no PipeWire answers/ });
  await new Promise((resolve) => server.close(resolve));
});

t.test('an embedded desktop brings its sound, whatever its sentence is', async (t) => {
  const { kind } = await checkDesktop({ display: 'embedded' }, undefined, { PATH: '/nowhere' });
  t.equal(kind, 'embedded');
  t.match(await checkSound('/nowhere', kind), { state: 'ok' });
});

t.test('what the sound thread was granted is told, with a cure where that is nothing', async (t) => {
  t.match(await checkPriority('realtime'), { state: 'ok', cure: '' });
  t.match(await checkPriority('nice'), { state: 'ok', cure: '' });
  t.match(await checkPriority('nothing'), { state: 'note', cure: /LimitRTPRIO=20 and LimitNICE=-11/ });
});
