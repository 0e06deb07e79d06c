// What applications prepare is undone whatever ends them; and how they are tried.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ListedApp } from '../config/app.ts';
import { testDisplay, testOutput } from '../display/test-display.ts';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import { desktop, launchBy, plan, type RigSetting, rig } from './test-sessions.ts';

/** An application that writes into a diary, in a host of its own. */
function diaryOf(t: Test, command: string[] | undefined, setting: RigSetting = {}) {
  const path = join(folder(t), 'diary');
  const write = (word: string) => ['sh', '-c', `echo ${word} >> ${path}`];
  const app: ListedApp = {
    id: 2,
    title: 'Game',
    prepare: [{ do: write('done'), undo: write('undone') }],
    ...(command && { command }),
  };
  const diary = () => (existsSync(path) ? readFileSync(path, 'utf8').trim() : '');
  return { ...rig(t, setting), app, diary };
}

const waits = ['sleep', '600'];

async function stream({ sessions, app }: ReturnType<typeof diaryOf>, client = 'Tablet') {
  const session = await sessions.launch({ ...launchBy(client), app });
  await session.start(plan, '127.0.0.1');
  await session.settled;
  return session;
}

t.test('quit by the client', async (t) => {
  const it = diaryOf(t, waits);
  await stream(it);
  t.equal(it.diary(), 'done');
  await it.sessions.cancel(launchBy('Tablet').client.fingerprint);
  t.equal(it.diary(), 'done\nundone', 'before the reply');
});

t.test('its program ends, or is killed', async (t) => {
  for (const command of [['true'], ['sh', '-c', 'kill -KILL $$']]) {
    const it = diaryOf(t, command);
    await stream(it);
    await it.until('it is undone', () => it.diary() === 'done\nundone');
  }
});

t.test('it goes on while nobody watches, and is undone when the host stops', async (t) => {
  const it = diaryOf(t, undefined);
  const session = await stream(it);
  await session.end('the client left', 'none');
  t.equal(it.diary(), 'done', 'to be resumed');
  await it.sessions.resume(launchBy('Tablet'));
  t.equal(it.diary(), 'done', 'and prepared once');
  await it.sessions.close();
  t.equal(it.diary(), 'done\nundone');
});

t.test('the launch fails after it', async (t) => {
  const it = diaryOf(t, waits, { forks: 0 });
  await t.rejects(it.sessions.launch({ ...launchBy('Tablet'), app: it.app }));
  t.equal(it.diary(), 'done\nundone');
});

t.test('the client never comes, or is unpaired while it is prepared', async (t) => {
  const it = diaryOf(t, waits, { limits: { launch_ms: 20 } });
  await it.sessions.launch({ ...launchBy('Tablet'), app: it.app });
  await it.until('it is undone', () => it.diary() === 'done\nundone');

  const slow = diaryOf(t, waits);
  const steps = slow.app.prepare ?? [];
  steps.push({ do: ['sh', '-c', 'exec sleep 0.3'] });
  const launch = slow.sessions.launch({ ...launchBy('Tablet'), app: slow.app });
  await eventually('it is prepared', () => slow.diary() === 'done');
  await slow.unpair('Tablet');
  await t.rejects(launch, { code: 'CLIENT_UNPAIRED' });
  t.equal(slow.diary(), 'done\nundone');
});

t.test('the desktop goes away', async (t) => {
  let gone = (_: string): void => {};
  const openDisplay = async () => testDisplay({ onGone: (listener) => (gone = listener) });
  const it = diaryOf(t, waits, { openDisplay });
  await stream(it);
  gone('it crashed');
  await it.until('it is undone', () => it.diary() === 'done\nundone');
});

t.test('its output alone goes away', async (t) => {
  const gone = Promise.withResolvers<string>();
  const it = diaryOf(t, waits, { display: { lease: () => testOutput({ gone: gone.promise }) } });
  await stream(it);
  gone.resolve('it was unplugged');
  await it.until('it is undone', () => it.diary() === 'done\nundone');
});

t.test('a preparation that fails ends the launch with its sentence, and the host is free', async (t) => {
  const it = diaryOf(t, waits);
  const app = { ...it.app, prepare: [...(it.app.prepare ?? []), { do: ['sh', '-c', 'echo no network; exit 1'] }] };
  const launch = it.sessions.launch({ ...launchBy('Tablet'), app });
  await t.rejects(launch, {
    code: 'APP_FAILED',
    message: /^Game could not be started: .*it exited with 1 \("no network"\)/,
  });
  t.equal(it.diary(), 'done\nundone');
  t.same(it.sessions.apps(), []);
  t.ok(await it.sessions.launch({ ...launchBy('Tablet'), app: desktop }));
});

const never = new AbortController().signal;

t.test('a trial: prepared, heard, undone', async (t) => {
  const it = diaryOf(t, ['sh', '-c', 'echo hello; echo "$OWN" >&2; exit 4']);
  const trial = await it.sessions.tryApp({ ...it.app, environment: { OWN: 'own' } }, never);
  t.match(trial, { output: /hello\nown|own\nhello/, output_cut: false, how: 'it exited with 4', failed: true });
  t.equal(it.diary(), 'done\nundone');
  t.same(it.sessions.apps(), [], 'no application runs by it');
});

t.test('a trial of what writes without end, of what is not there, of two at once', async (t) => {
  const it = diaryOf(t, ['sh', '-c', 'yes | head -c 1000000']);
  const { output, output_cut } = await it.sessions.tryApp(it.app, never);
  t.equal(output.length, 65_536);
  t.ok(output_cut);
  await t.rejects(it.sessions.tryApp({ title: 'X', command: ['pf-no-such'] }, never), { message: /not installed/ });
  await t.rejects(it.sessions.tryApp({ title: 'X', command: ['/nowhere/pf'] }, never), { code: 'APP_FAILED' });
  await t.rejects(it.sessions.tryApp(desktop, never), { message: /has no command/ });

  const cancelled = new AbortController();
  const long = it.sessions.tryApp({ ...it.app, command: waits }, cancelled.signal);
  await t.rejects(it.sessions.tryApp(it.app, never), { code: 'TRIAL_RUNNING' });
  cancelled.abort();
  t.match(await long, { how: 'it was cancelled', failed: false });
  t.match(it.diary(), /undone$/);
  t.ok(await it.sessions.tryApp(it.app, never), 'and the next may begin');
});

t.test('a trial ends with the host', async (t) => {
  const it = diaryOf(t, waits);
  const mark = join(it.runtime_dir, 'runs');
  const command = ['sh', '-c', `: > ${mark}; exec sleep 600`];
  const trial = it.sessions.tryApp({ ...it.app, command }, never);
  await eventually('it runs', () => existsSync(mark));
  await it.sessions.close();
  t.equal(it.diary(), 'done\nundone', 'which waits for it');
  t.match(await trial, { how: 'it was cancelled' });
});
