import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import type { App } from '../config/app.ts';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { Preparations, preparation_limits } from './preparation.ts';

const app_environment = { PATH: process.env.PATH };

function rig(t: Test, limits: Partial<typeof preparation_limits> = {}) {
  const data_dir = folder(t);
  const warnings: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(JSON.parse(line).msg) });
  const diary = join(data_dir, 'diary');
  const open = () => new Preparations({ data_dir, app_environment, log, limits: { ...preparation_limits, ...limits } });
  const write = (word: string, then = '') => ['sh', '-c', `echo ${word} >> ${diary}; ${then}`];
  return {
    data_dir,
    note: join(data_dir, 'undo.json'),
    warnings,
    preparations: open(),
    open,
    write,
    diary: () => (existsSync(diary) ? readFileSync(diary, 'utf8').trim().split('\n') : []),
  };
}

const game = (prepare: App['prepare'], more: Partial<App> = {}): App => ({
  title: 'Game',
  prepare: prepare ?? [],
  ...more,
});
const never = new AbortController().signal;

t.test('done in order, undone in the other one, once', async (t) => {
  const { preparations, write, diary, note } = rig(t);
  const app = game([{ do: write('one'), undo: write('not one') }, { do: write('two') }, { undo: write('not three') }]);
  const prepared = await preparations.prepare(app, {}, never);
  t.same(diary(), ['one', 'two']);
  t.equal(JSON.parse(readFileSync(note, 'utf8')).owed.length, 1);
  await Promise.all([prepared.undo(), prepared.undo()]);
  t.same(diary(), ['one', 'two', 'not three', 'not one']);
  t.notOk(existsSync(note), 'nothing is owed any more');
});

t.test('what fails undoes what was done before it, and says why', async (t) => {
  const { preparations, write, diary, note } = rig(t);
  const failing = ['sh', '-c', 'echo first; printf "the disk \\033[1mis busy\\n\\n" >&2; exit 3'];
  const app = game([
    { do: write('one'), undo: write('not one') },
    { do: failing, undo: write('never') },
    { do: write('never') },
  ]);
  await t.rejects(preparations.prepare(app, {}, never), {
    code: 'APP_FAILED',
    message:
      /^Game could not be started: step 2 of its preparation, sh: it exited with 3 \("the disk \[1mis busy"\)\.$/,
  });
  t.same(diary(), ['one', 'not one']);
  t.notOk(existsSync(note));
  await t.rejects(preparations.prepare(game([{ do: ['/nowhere/pf'] }]), {}, never), { message: /no such file/i });
});

t.test('what is cut short, by its time or a host that stops, is undone with what was done before', async (t) => {
  const long = (it: ReturnType<typeof rig>) =>
    game([
      { do: it.write('one'), undo: it.write('not one') },
      { do: it.write('slow', 'exec sleep 600'), undo: it.write('not slow') },
    ]);
  const hurried = rig(t, { prepare_ms: 1000 });
  await t.rejects(hurried.preparations.prepare(long(hurried), {}, never), { message: /it took too long/ });
  t.same(hurried.diary(), ['one', 'slow', 'not slow', 'not one']);

  const patient = rig(t);
  const stopping = new AbortController();
  const launch = patient.preparations.prepare(long(patient), {}, stopping.signal);
  await eventually('it is slow', () => patient.diary().includes('slow'));
  stopping.abort();
  await t.rejects(launch, { message: /the host is stopping/ });
  t.same(patient.diary(), ['one', 'slow', 'not slow', 'not one']);
});

t.test('where it runs, and with which variables', async (t) => {
  const { preparations, data_dir } = rig(t);
  const seen = join(data_dir, 'seen');
  const tell = ['sh', '-c', 'echo "$PWD $DESKTOP $OWN" > "$SEEN"'];
  const app = game([{ do: tell, undo: tell }], {
    working_directory: '/usr',
    environment: { OWN: 'own', SEEN: seen, DESKTOP: 'replaced' },
  });
  const prepared = await preparations.prepare(app, { DESKTOP: 'desktop' }, never);
  t.equal(readFileSync(seen, 'utf8').trim(), '/usr replaced own');
  writeFileSync(seen, '');
  await prepared.undo();
  t.equal(readFileSync(seen, 'utf8').trim(), '/usr replaced own');
});

t.test('a host that is killed: the next one undoes', async (t) => {
  const { preparations, open, write, diary, note, warnings } = rig(t);
  await preparations.prepare(game([{ do: write('one'), undo: write('not one') }]), {}, never);
  await preparations.prepare(game([{ undo: write('$WHERE') }], { environment: { WHERE: 'here' } }), {}, never);
  const next = open();
  await next.settle({});
  t.same(diary(), ['one', 'not one', 'here']);
  t.notOk(existsSync(note));
  await open().settle({});
  t.equal(diary().length, 3, 'once');

  writeFileSync(note, '{"version":1,"owed":[{"undo":"rm"}]}');
  await open().settle({});
  t.match(warnings, [/undo\.json is damaged/]);
});

t.test('an undoing that fails or hangs is told, and keeps none from being done', async (t) => {
  const { preparations, write, diary, warnings } = rig(t, { undo_ms: 50 });
  const prepare = [{ undo: write('last') }, { undo: ['sleep', '600'] }, { undo: ['false'] }];
  await (await preparations.prepare(game(prepare), {}, never)).undo();
  t.same(diary(), ['last']);
  t.match(warnings, [
    /false was to be done at its end and failed: it exited with 1/,
    /: sleep was .* it took too long/,
  ]);
});

t.test('a full disk: nothing is done that could not be undone', async (t) => {
  const { preparations, write, diary, note } = rig(t);
  symlinkSync('/dev/full', `${note}.${process.pid}.tmp`);
  const launch = preparations.prepare(game([{ do: write('one'), undo: write('not one') }]), {}, never);
  await t.rejects(launch, { code: 'DATA_NOT_WRITTEN' });
  t.same(diary(), []);
});
