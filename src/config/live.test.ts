import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { LiveConfig } from './live.ts';
import type { TextSettings } from './load.ts';
import { type SettingName, setting_help } from './schema.ts';

function open(
  t: Test,
  { file, flags = {}, environment = {} }: { file?: string; flags?: TextSettings; environment?: NodeJS.ProcessEnv } = {},
) {
  const data_dir = folder(t);
  const path = join(data_dir, 'config.json');
  if (file !== undefined) writeFileSync(path, file);
  const config = new LiveConfig(data_dir, flags, environment);
  const changed: SettingName[] = [];
  config.onChange((names) => changed.push(...names));
  const state = (name: SettingName) => config.list().find((one) => one.name === name);
  return { data_dir, path, config, changed, state, text: () => readFileSync(path, 'utf8') };
}

t.test('a change is in the file, and in force where it can be', async (t) => {
  const { config, changed, state, text } = open(t);
  config.change({ name: 'Studio', base_port: 50_000 });
  t.same(JSON.parse(text()), { name: 'Studio', base_port: 50_000 });
  t.equal(config.current.name, 'Studio');
  t.equal(config.current.base_port, 47_989, 'until the next start');
  t.same(state('base_port'), { name: 'base_port', value: 47_989, configured: 50_000, place: 'file' });
  t.same(state('bind'), { name: 'bind', value: '0.0.0.0', configured: '0.0.0.0', place: 'default' });
  config.change({ name: null });
  t.same(JSON.parse(text()), { base_port: 50_000 });
  t.equal(config.current.name, '');
  t.same(changed, ['name', 'name']);
  config.change({ name: null });
  t.same(changed, ['name', 'name'], 'what stays the same is no change');
});

t.test('what a person wrote stays as it was written', async (t) => {
  const file = '{\n\t"fec_percent": 30,\n\t"apps": [\n\t\t{\n\t\t\t"title": "Desktop"\n\t\t}\n\t],\n\t"name": "A"\n}\n';
  const { config, text, path, data_dir } = open(t, { file });
  config.change({ name: 'B' });
  t.equal(text(), file.replace('"A"', '"B"'));
  writeFileSync(path, '{"name": "A"}');
  config.change({ discovery: false });
  t.equal(text(), '{"name":"A","discovery":false}\n');
  const target = join(data_dir, 'elsewhere.json');
  writeFileSync(target, '{}\n');
  const linked = open(t);
  symlinkSync(target, linked.path);
  linked.config.change({ name: 'C' });
  t.same(JSON.parse(readFileSync(target, 'utf8')), { name: 'C' }, 'a link is followed');
});

t.test('a file that was edited meanwhile is read again', async (t) => {
  const { config, path, state, text } = open(t, { file: '{}' });
  writeFileSync(path, '{"fec_percent": 40, "bind": "127.0.0.1"}');
  t.match(state('fec_percent'), { value: 20, configured: 40 }, 'seen, and not in force');
  config.change({ name: 'A' });
  t.same(JSON.parse(text()), { fec_percent: 40, bind: '127.0.0.1', name: 'A' }, 'nothing of it is lost');
  t.equal(config.current.fec_percent, 40, 'and what can be is in force');
  t.equal(config.current.bind, '0.0.0.0');

  const broken = '{"fec_percent": 50,';
  writeFileSync(path, broken);
  t.throws(() => config.change({ name: 'B' }), { code: 'CONFIG_UNREADABLE' });
  t.throws(() => config.list(), { code: 'CONFIG_UNREADABLE' });
  t.equal(text(), broken);
  t.equal(config.current.name, 'A', 'what is in force stays');
  writeFileSync(path, '{"fec_percent": 500}');
  t.throws(() => config.change({ name: 'B' }), { code: 'CONFIG_BAD_VALUE', message: /"fec_percent" in/ });
});

t.test('what is refused changes nothing', async (t) => {
  const { config, text } = open(t, {
    file: '{"name":"A"}\n',
    flags: { base_port: '50000' },
    environment: { PUNKTFUNK_DISCOVERY: 'false' },
  });
  t.throws(() => config.change({ base_port: 50_001 }), { code: 'SETTING_FIXED', message: /the command line/ });
  t.throws(() => config.change({ discovery: true }), { code: 'SETTING_FIXED', message: /the environment/ });
  t.throws(() => config.change({ apps: [] }), { code: 'SETTING_UNKNOWN' });
  t.throws(() => config.change({ constructor: 1 }), { code: 'SETTING_UNKNOWN' });
  for (const bad of [{ fec_percent: '20' }, { fec_percent: 1.5 }, { name: 'a\nb' }, { display: 'x' }, { name: {} }])
    t.throws(() => config.change({ encoder_crf: 30, ...bad }), { code: 'CONFIG_BAD_VALUE' }, JSON.stringify(bad));
  t.equal(text(), '{"name":"A"}\n');
  t.equal(config.current.encoder_crf, 22);
});

t.test('a full disk', async (t) => {
  const { config, path, text } = open(t, { file: '{"name":"A"}\n' });
  symlinkSync('/dev/full', `${path}.${process.pid}.tmp`);
  t.throws(() => config.change({ name: 'B' }), { code: 'DATA_NOT_WRITTEN', message: /the disk is full/ });
  t.equal(text(), '{"name":"A"}\n');
  t.equal(config.current.name, 'A');
});

t.test('a list that would not fit into the file is not written', async (t) => {
  const { config, state } = open(t);
  const command = Array.from({ length: 200 }, () => 'x'.repeat(4000));
  t.throws(() => config.changeApps((apps) => [...apps, { title: 'Large', command }]), { code: 'CONFIG_UNREADABLE' });
  t.match(state('apps'), { value: [{ title: 'Desktop' }], place: 'default' });
});

t.test('every setting says when a change counts', async (t) => {
  const { config } = open(t);
  const later = Object.entries(setting_help).filter(([, { effect }]) => effect === 'restart');
  t.same(later.map(([name]) => name).sort(), ['base_port', 'bind', 'console', 'display', 'first_visit_minutes']);
  const other = {
    base_port: 50_000,
    bind: '127.0.0.1',
    name: 'A',
    display: 'synthetic',
    fec_percent: 30,
    encoder_crf: 30,
    encoder_preset: 'veryfast',
    keyboard_layout: 'de',
    gamepad: 'dualsense',
    encryption: 'required',
    spare_engine: false,
    discovery: false,
    console: 'local',
    first_visit_minutes: 15,
    log_level: 'debug',
  };
  config.change(other);
  for (const { name, value, configured } of config.list().filter(({ name }) => name !== 'apps')) {
    t.equal(configured, other[name as keyof typeof other], name);
    t.equal(value === configured, setting_help[name].effect !== 'restart', name);
  }
});
