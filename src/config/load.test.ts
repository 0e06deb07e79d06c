import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { PunktfunkError } from '../errors.ts';
import { folder } from '../test-folder.ts';
import { loadConfig } from './load.ts';
import { shownName } from './schema.ts';
import '../test-limit.ts';

function dataDir(t: Test, file?: object): string {
  const path = folder(t);
  if (file) writeFileSync(join(path, 'config.json'), JSON.stringify(file));
  return path;
}

t.test('the first place that has a setting wins', async (t) => {
  const dir = dataDir(t, { base_port: 30_000, fec_percent: 30, name: 'file' });
  const config = loadConfig(dir, { base_port: '50000' }, { PUNKTFUNK_BASE_PORT: '40000', PUNKTFUNK_FEC_PERCENT: '25' });
  t.equal(config.base_port, 50_000, 'command line');
  t.equal(config.fec_percent, 25, 'environment');
  t.equal(config.name, 'file', 'file');
  t.equal(config.bind, '0.0.0.0', 'default');
  t.equal(shownName(loadConfig(dataDir(t), {}, {})), hostname().slice(0, 63), "the machine's own");
  t.same(loadConfig(dataDir(t), {}, {}).apps, [{ title: 'Desktop' }]);
});

t.test('types of text', async (t) => {
  const dir = dataDir(t);
  t.equal(loadConfig(dir, { discovery: 'false' }, {}).discovery, false);
  for (const [name, text] of [
    ['discovery', 'no'],
    ['base_port', '1e4'],
    ['base_port', ' 50000'],
    ['base_port', '0xC000'],
    ['bind', '1.2.3'],
    ['bind', '256.1.1.1'],
    ['bind', '1.2.3.4.5'],
    ['name', 'x'.repeat(64)],
    ['name', 'a\nb'],
  ] as const) {
    t.throws(
      () => loadConfig(dir, { [name]: text }, {}),
      { code: 'CONFIG_BAD_VALUE' },
      `${name} ${JSON.stringify(text)}`,
    );
  }
  for (const layout of ['de,', ',de', 'de fr', 'de()', 'de(neo', '(neo)', 'a,b,c,d,e', 'de"', 'ch(fr),,us']) {
    t.throws(() => loadConfig(dir, { keyboard_layout: layout }, {}), { code: 'CONFIG_BAD_VALUE' }, layout);
  }
  for (const layout of ['', 'de', 'ch(fr)', 'us,ru', 'us(altgr-intl),de(T3),fr(bepo_afnor),nec_vndr/jp']) {
    t.equal(loadConfig(dir, { keyboard_layout: layout }, {}).keyboard_layout, layout);
  }
  for (const bind of ['0.0.0.0', '127.0.0.1', '192.168.1.255']) t.equal(loadConfig(dir, { bind }, {}).bind, bind);
});

t.test('applications', async (t) => {
  const apps = [{ title: 'Desktop' }, { title: 'Game', command: ['sh', '-c', 'x'] }];
  t.same(loadConfig(dataDir(t, { apps }), {}, {}).apps, apps);
  for (const bad of [
    [],
    [{}],
    [{ title: '' }],
    [{ title: 'x', command: [] }],
    [{ title: 'x', command: 'y' }],
    [{ title: 'x', cmd: ['y'] }],
  ]) {
    t.throws(
      () => loadConfig(dataDir(t, { apps: bad }), {}, {}),
      { code: 'CONFIG_BAD_VALUE', message: /"apps" in/ },
      JSON.stringify(bad),
    );
  }
});

t.test('any file: a configuration or a sentence', async (t) => {
  const dir = dataDir(t);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc
          .dictionary(fc.constantFrom('bind', 'apps', 'base_port', 'other'), fc.jsonValue())
          .map((value) => JSON.stringify(value)),
      ),
      (text) => {
        writeFileSync(join(dir, 'config.json'), text);
        try {
          loadConfig(dir, {}, {});
        } catch (error) {
          if (
            !(error instanceof PunktfunkError) ||
            !error.code.startsWith('CONFIG_') ||
            /[{}]\w+[{}]/.test(error.advice.replace(text, ''))
          )
            throw error;
        }
      },
    ),
    { numRuns: 1000, seed: 7 },
  );
  t.pass('1000 files');
});
