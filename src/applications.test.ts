// The applications and settings of a host that runs, through its API, as clients see them.

import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Client } from 'undici';
import { colour, encodePng } from './apps/png.ts';
import { socketPath } from './config/paths.ts';
import type { Application, ApplicationSummary, Trial } from './management/schema/applications.ts';
import type { SettingSummary } from './management/schema/settings.ts';
import { eventually } from './test-eventually.ts';
import { paired, type Running, run } from './test-host.ts';
import './test-limit.ts';

const root = '/api/v1/applications';
const titles = (list: string) =>
  [...list.matchAll(/<AppTitle>(.*?)<\/AppTitle><ID>(\d+)</g)].map(([, title, id]) => [title, Number(id)]);

function upload(
  t: { teardown(run: () => unknown): void },
  { data_dir }: Running,
  id: number,
  body: Buffer,
  type = 'image/png',
) {
  const client = new Client('http://localhost', { socketPath: socketPath(data_dir) });
  t.teardown(() => client.close());
  return client
    .request({ method: 'PUT', path: `${root}/${id}/box-art`, headers: { 'content-type': type }, body })
    .then(async ({ statusCode, body: answer }) => ({
      status: statusCode,
      answer: (await answer.json()) as { message?: string },
    }));
}

t.test('added, changed, put into order, removed: clients see it at once', async (t) => {
  const running = await run(t);
  const { api } = running;
  const client = await paired(t, running);
  const edit = { title: 'Game', command: ['pf-game'], environment: { A: 'b' }, prepare: [{ undo: ['true'] }] };
  const game = await api.post<Application>(root, edit);
  t.match(game, { ...edit, has_program: true, has_box_art: false, running: false });
  const { version } = game;
  const renamed = await api.put<Application>(`${root}/${game.id}`, { title: 'Better game', version });
  t.equal(renamed.id, game.id, 'a shortcut of a client stays good');
  t.notOk(renamed.has_program, 'what is not said is gone');
  const other = await api.post<Application>(root, { title: 'Game' });
  t.not(other.id, game.id, 'its old title is somebody else');
  const [desktop] = await api.get<ApplicationSummary[]>(root);
  const ids = [other.id, game.id, desktop?.id];
  await api.put(`${root}/order`, { ids });
  t.same(titles(await client.https('/applist')), [
    ['Game', other.id],
    ['Better game', game.id],
    ['Desktop', desktop?.id],
  ]);
  await api.delete(`${root}/${game.id}`);
  t.same(titles(await client.https('/applist')), [
    ['Game', other.id],
    ['Desktop', desktop?.id],
  ]);
  t.match(JSON.parse(readFileSync(join(running.data_dir, 'config.json'), 'utf8')), {
    apps: [{ title: 'Game', id: other.id }, {}],
  });
});

t.test('bad input changes nothing', async (t) => {
  const running = await run(t);
  const { api, data_dir } = running;
  for (const bad of [
    {},
    { title: '' },
    { title: 'x\ny' },
    { title: 'x', id: 5 },
    { title: 'x', command: 'y' },
    { title: 'x', command: ['a\0b'] },
    { title: 'x', working_directory: 'home' },
    { title: 'x', environment: { 'A=B': 'c' } },
    { title: 'x', environment: { A: 'b\0' } },
    { title: 'x', prepare: [{}] },
    { title: 'x', prepare: [{ do: [] }] },
  ])
    await t.rejects(api.post(root, bad), { code: 'BAD_REQUEST' }, JSON.stringify(bad));
  const [desktop] = await api.get<ApplicationSummary[]>(root);
  const id = desktop?.id ?? 0;
  await t.rejects(api.delete(`${root}/${id}`), { code: 'APPS_REFUSED', message: /at least one/ });
  await t.rejects(api.put(`${root}/order`, { ids: [id, id] }), { code: 'APPS_REFUSED' });
  await t.rejects(api.put(`${root}/order`, { ids: [] }), { code: 'APPS_REFUSED' });
  for (const path of [`${root}/5`, `${root}/x`, `${root}/0`])
    await t.rejects(api.put(path, { title: 'x', version: '' }), { code: /APP_MISSING|BAD_REQUEST/ });
  await t.rejects(api.get(`${root}/5`), { code: 'APP_MISSING' });
  symlinkSync('/dev/full', join(data_dir, `config.json.${process.pid}.tmp`));
  await t.rejects(api.post(root, { title: 'x' }), { code: 'DATA_NOT_WRITTEN', message: /the disk is full/ });
  t.equal((await api.get<ApplicationSummary[]>(root)).length, 1);
  for (let count = 1; count < 128; count++) await api.post(root, { title: `${count}` });
  await t.rejects(api.post(root, { title: 'one more' }), { code: 'APPS_REFUSED', message: /128 already/ });
});

t.test('two who change it at once, and one with an editor', async (t) => {
  const { api, data_dir, config } = await run(t);
  const settings = '/api/v1/settings';
  await Promise.all([
    api.post(root, { title: 'A' }),
    api.patch(settings, { name: 'Studio' }),
    api.post(root, { title: 'B' }),
    api.patch(settings, { fec_percent: 30 }),
  ]);
  t.match(config.current, { name: 'Studio', fec_percent: 30, apps: [{ title: 'Desktop' }, {}, {}] });
  const path = join(data_dir, 'config.json');
  const edited = JSON.parse(readFileSync(path, 'utf8'));
  edited.apps.push({ title: 'By hand' });
  writeFileSync(path, JSON.stringify(edited));
  t.match(await api.post(root, { title: 'C' }), { title: 'C' });
  t.same(config.current.apps.map(({ title }) => title).slice(-2), ['By hand', 'C']);
});

t.test('a change of what somebody else has changed meanwhile is refused', async (t) => {
  const { api, data_dir } = await run(t);
  const game = await api.post<Application>(root, { title: 'Game', command: ['a'], environment: { A: '1', B: '2' } });
  const path = `${root}/${game.id}`;
  const { version } = game;
  await t.rejects(api.put(path, { title: 'Mine' }), { code: 'BAD_REQUEST' }, 'of nothing that was read');
  const theirs = await api.put<Application>(path, { title: 'Theirs', version });
  await t.rejects(api.put(path, { title: 'Mine', version }), { code: 'APP_CHANGED', message: /changed Theirs since/ });
  t.equal((await api.get<Application>(path)).title, 'Theirs');
  const again = { title: 'Game', command: ['a'], environment: { B: '2', A: '1' }, version: theirs.version };
  t.equal((await api.put<Application>(path, again)).version, version, 'what is set, and not its order');
  const file = join(data_dir, 'config.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"Game"', '"By hand"'));
  await t.rejects(api.put(path, { title: 'Mine', version }), { code: 'APP_CHANGED' }, 'with an editor, too');
});

const side = (of: number) =>
  encodePng({
    width: of,
    height: of,
    bits: 8,
    colour: colour.grey,
    palette: Buffer.alloc(0),
    transparency: Buffer.alloc(0),
    rows: Buffer.alloc(of * (of + 1)),
  });

t.test('box art: what was given is what clients get, or what is drawn', async (t) => {
  const running = await run(t);
  const { api } = running;
  const client = await paired(t, running);
  const { id } = await api.post<Application>(root, { title: 'Game' });
  const asset = () => client.bytes(`/appasset`, { appid: String(id), AssetType: '2', AssetIdx: '0' });
  const drawn = await asset();
  const art = await side(10);
  t.match(await upload(t, running, id, art), { status: 200, answer: { has_box_art: true } });
  t.ok((await asset()).equals(art));
  for (const [bytes, type, message] of [
    [Buffer.from('<svg/>'), 'image/png', /it is no PNG/],
    [await side(2049), 'image/png', /2049 by 2049/],
    [art, 'image/jpeg', /./],
  ] as const) {
    const { status, answer } = await upload(t, running, id, bytes, type);
    t.ok(status >= 400 && status < 500, `${status}`);
    t.match(answer.message, message);
  }
  t.ok((await asset()).equals(art), 'nothing that was refused took its place');
  await api.delete(`${root}/${id}/box-art`);
  t.ok((await asset()).equals(drawn));
});

t.test('an application that is removed while its picture is made leaves no picture', async (t) => {
  const running = await run(t);
  const { applications } = running.host.service;
  const { id } = applications.add({ title: 'Game' });
  const kept = applications.keepBoxArt(id, await side(10));
  applications.remove(id);
  await t.rejects(kept, { code: 'APP_MISSING' });
  t.same(readdirSync(join(running.data_dir, 'box-art')), []);
});

t.test('a trial is heard, and ends with its request', async (t) => {
  const running = await run(t);
  const trial = await running.api.post<Trial>(`${root}/try`, {
    title: 'x',
    command: ['sh', '-c', 'echo hello; exit 2'],
  });
  t.match(trial, { output: 'hello\n', how: 'it exited with 2', failed: true });
  await t.rejects(running.api.post(`${root}/try`, { title: 'x', command: ['pf-no-such-program'] }), {
    code: 'APP_FAILED',
  });

  const mark = join(running.data_dir, 'mark');
  const command = [
    'sh',
    '-c',
    `trap 'echo gone > ${mark}; exit' TERM; echo $$ > ${mark}; while :; do sleep 0.02; done`,
  ];
  const client = new Client('http://localhost', { socketPath: socketPath(running.data_dir) });
  const asked = client.request({
    method: 'POST',
    path: `${root}/try`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'x', command }),
  });
  const read = () => {
    try {
      return readFileSync(mark, 'utf8').trim();
    } catch {
      return '';
    }
  };
  await eventually('it runs', () => read() !== '');
  await client.destroy();
  await asked.catch(() => {});
  await eventually('it is ended', () => read() === 'gone');
});

t.test('settings, through the API', async (t) => {
  const running = await run(t);
  const { api, port } = running;
  const settings = '/api/v1/settings';
  const list = await api.get<SettingSummary[]>(settings);
  const find = (name: string) => list.find((one) => one.name === name);
  t.match(find('base_port'), {
    type: 'integer',
    minimum: 1029,
    value: port,
    place: 'flag',
    fixed: true,
    effect: 'restart',
  });
  t.match(find('encoder_preset'), { type: 'choice', choices: ['ultrafast', 'superfast', 'veryfast'], fixed: false });
  t.match(find('spare_engine'), { type: 'boolean', default: true });
  t.notOk(find('apps'));
  for (const one of list) t.ok(one.help !== '' && one.takes !== '', one.name);
  const changed = await api.patch<SettingSummary[]>(settings, {
    name: 'Studio',
    display: 'embedded',
    encoder_crf: null,
  });
  t.match(
    changed.find(({ name }) => name === 'display'),
    { value: 'auto', configured: 'embedded', place: 'file' },
  );
  t.equal((await running.host.service.status()).name, 'Studio');
  await t.rejects(api.patch(settings, { base_port: 50_000 }), { code: 'SETTING_FIXED' });
  await t.rejects(api.patch(settings, { fec_percent: 0 }), { code: 'CONFIG_BAD_VALUE', message: /from 1 to 100/ });
  await t.rejects(api.patch(settings, { nothing: 1 }), { code: 'SETTING_UNKNOWN' });
  await t.rejects(api.patch(settings, { apps: 'x' }), { code: 'SETTING_UNKNOWN' });
  await t.rejects(api.patch(settings, { name: ['x'] }), { code: 'BAD_REQUEST' });
  await t.rejects(api.patch(settings, {}), { code: 'BAD_REQUEST' });
});
