// The commands that change a running host, as they are typed.

import t from 'tap';
import { PunktfunkError } from '../errors.ts';
import { paired, run } from '../test-host.ts';
import { commands } from './list.ts';

t.test('clients, applications and settings', async (t) => {
  const running = await run(t);
  await paired(t, running, 'TV');
  const type = async (name: string, positionals: string[] = [], values: Record<string, string> = {}, json = false) => {
    const printed: string[] = [];
    const command = await commands[name]?.();
    const print = (line: string) => void printed.push(line);
    await command?.run({ data_dir: running.data_dir, json, values, positionals, print });
    return printed.join('\n');
  };
  const [{ id }] = JSON.parse(await type('clients', [], {}, true));
  t.match(await type('client', [id], { name: 'Kitchen' }), /^Kitchen may do everything\.$/);
  t.match(await type('client', [id], { input: 'false', launch: 'false' }), /^Kitchen may watch and listen only\.$/);
  const until = await type('client', [id], { launch: 'true', expires: '2999-01-31' });
  t.match(until, /^Kitchen may not use keyboard, pointer and gamepads, until 2999-01-31 00:00 UTC\.$/);
  t.match(await type('clients'), /Kitchen {2}\(may not use keyboard.*2999/);
  t.match(await type('client', [id], { input: 'true', expires: 'never' }), /may do everything/);
  await t.rejects(type('client', [id]), { code: 'USAGE' });
  await t.rejects(type('client', [id], { input: 'no' }), { code: 'USAGE', message: /true or false/ });
  await t.rejects(type('client', ['x'], { name: 'x' }), { code: 'CLIENT_UNKNOWN' });

  const added = await type('add-app', ['Film'], { command: 'mpv "/srv/A film.mkv"', 'working-directory': '/srv' });
  const app = /\(id (\d+)\)/.exec(added)?.[1] ?? '';
  t.same(running.config.current.apps.at(-1), {
    title: 'Film',
    id: Number(app),
    command: ['mpv', '/srv/A film.mkv'],
    working_directory: '/srv',
  });
  t.match(await type('apps'), new RegExp(`^\\d+ {2}Desktop\\n${app} {2}Film$`));
  await t.rejects(type('add-app', ['Film'], { command: 'mpv "' }), PunktfunkError);
  t.equal(await type('remove-app', [app]), 'Film is removed.');
  await t.rejects(type('remove-app', [app]), { code: 'APP_MISSING' });

  t.equal(await type('set', ['fec_percent', '30']), 'fec_percent is 30, in force with the next stream.');
  t.equal(await type('set', ['spare_engine', 'false']), 'spare_engine is false, in force now.');
  t.equal(await type('set', ['display', 'embedded']), 'display is embedded, in force with the next start of the host.');
  t.match(await type('settings'), /^display +auto {2}\(next: embedded\) {2}\(config\.json\)$/m);
  t.equal(await type('unset', ['display']), 'display is auto, in force with the next start of the host.');
  await t.rejects(type('set', ['fec_percent', 'x']), { code: 'CONFIG_BAD_VALUE' });
  await t.rejects(type('set', ['nothing', 'x']), { code: 'SETTING_UNKNOWN' });
  await t.rejects(type('unset', ['bind']), { code: 'SETTING_FIXED' });
});
