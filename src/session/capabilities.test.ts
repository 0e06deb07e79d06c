import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { knowCapabilities, requireEncoder } from './capabilities.ts';
import type { Behaviour } from './fake-engine.ts';
import { testCapabilities } from './test-capabilities.ts';
import { testEngines } from './test-engine.ts';

function rig(t: Test, behaviour: Behaviour = {}, limits = {}, again_after_ms = 0) {
  const base = folder(t);
  const module_dir = folder(t);
  const library = join(folder(t), 'libx264.so');
  for (const path of [join(module_dir, 'punktfunk_engine.node'), library]) writeFileSync(path, 'a library');
  const log = pino({ level: 'silent' });
  const { makeEngine } = testEngines(base, { behaviour: { libraries: [library], ...behaviour }, limits, log });
  let forked = 0;
  const file = join(base, 'capabilities.json');
  const know = (version = '1') =>
    knowCapabilities({
      forkEngine: () => {
        forked++;
        return makeEngine({ environment: {} }, () => {});
      },
      version,
      module_dir,
      file,
      log,
      again_after_ms,
    });
  return { know, file, library, module_dir, forked: () => forked };
}

t.test('an engine is asked once, and not again until a file has changed', async (t) => {
  const { know, file, library, module_dir, forked } = rig(t);
  const ask = know();
  const [first, second] = await Promise.all([ask(), ask()]);
  t.same(first, { ...testCapabilities(), libraries: [library] });
  t.equal(second, first);
  t.equal(forked(), 1);
  t.same(await know()(), first, 'kept for the next host');
  t.equal(forked(), 1);
  await know('2')();
  t.equal(forked(), 2, 'another version of ours');
  writeFileSync(library, 'another library');
  await know('2')();
  t.equal(forked(), 3, 'another library');
  writeFileSync(join(module_dir, 'punktfunk_encoder_new.so'), 'a module');
  await know('2')();
  t.equal(forked(), 4, 'another module');
  for (const wrong of ['', '{}', readFileSync(file, 'utf8').replace('"scalar"', '7')]) {
    writeFileSync(file, wrong);
    t.match(await know('2')(), { instruction_set: 'scalar' }, 'a file that is damaged is made anew');
  }
  t.equal(forked(), 7);
});

t.test('what does not work is not kept: it may be mended', async (t) => {
  const { know, file, forked } = rig(t, { encoders: false });
  const ask = know();
  const found = await ask();
  t.throws(() => requireEncoder(found), { code: 'NO_ENCODER', message: /fake: its module is not built\.$/ });
  await ask();
  t.equal(forked(), 2);
  t.notOk(existsSync(file));
});

t.test('whoever asks all the time makes no engine each time', async (t) => {
  for (const encoders of [false, 'some'] as const) {
    const { know, file, forked } = rig(t, { encoders }, {}, 3_600_000);
    const ask = know();
    const found = await ask();
    t.equal(found.encoders.length, encoders ? 2 : 1);
    t.same([await ask(), await ask()], [found, found]);
    t.equal(forked(), 1);
    t.notOk(existsSync(file), 'the next host tries again');
  }
});

t.test('an engine that cannot be asked can do nothing', async (t) => {
  const { know, forked } = rig(t, { stuck: true }, { load_ms: 20 });
  const ask = know();
  const found = await ask();
  t.same(found.encoders, []);
  t.throws(() => requireEncoder(found), { code: 'NO_ENCODER' });
  await ask();
  t.equal(forked(), 2, 'and is asked again');
});
