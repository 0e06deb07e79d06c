// What a client may do, and until when, on a host that runs.

import { mock } from 'node:test';
import t from 'tap';
import { attributeOf, textOf } from './gamestream/test-client.ts';
import type { ClientSummary } from './management/schema/clients.ts';
import { converse, launch, launch_parameters, paired, run, until } from './test-host.ts';
import './test-limit.ts';

const root = '/api/v1/clients';
const apps = [{ title: 'Desktop' }, { title: 'Game', command: ['sleep', '600'] }];

async function withClient(t: Parameters<typeof run>[0]) {
  const running = await run(t, { apps });
  const client = await paired(t, running, 'TV');
  const [{ id } = { id: '' }] = await running.api.get<ClientSummary[]>(root);
  const change = (edit: object) => running.api.patch<ClientSummary>(`${root}/${id}`, edit);
  const ids = async () =>
    [...(await client.https('/applist')).matchAll(/<AppTitle>(\w+)<\/AppTitle><ID>(\d+)/g)].map((match) => [
      match[1],
      match[2] ?? '',
    ]);
  return { running, client, id, change, ids };
}

t.test('a name', async (t) => {
  const { running, change, id } = await withClient(t);
  t.match(await change({ name: 'Living room' }), {
    id,
    name: 'Living room',
    rights: { input: true, launch: true },
    expired: false,
  });
  t.match(running.events.at(-1), { type: 'pairing', step: 'changed', client: { name: 'Living room' } });
  for (const bad of [
    {},
    { name: '' },
    { name: 'x'.repeat(65) },
    { name: 'a\nb' },
    { rights: { input: 1 } },
    { rights: { all: true } },
    { expires_at: 'soon' },
    { expires_at: '2020-01-01' },
    { expires_at: '2999-99-99' },
    { id: 'x' },
  ])
    await t.rejects(change(bad), { code: 'BAD_REQUEST' }, JSON.stringify(bad));
  await t.rejects(running.api.patch(`${root}/00000000`, { name: 'x' }), { code: 'CLIENT_UNKNOWN' });
});

t.test('without the right to launch: the desktop and what runs, no program', async (t) => {
  const { running, client, change, ids } = await withClient(t);
  const game = (await ids())[1]?.[1] ?? '';
  await change({ rights: { launch: false } });
  t.same(
    (await ids()).map(([title]) => title),
    ['Desktop'],
    'others are not shown',
  );
  const refused = await client.https('/launch', { appid: game, ...launch_parameters });
  t.equal(attributeOf(refused, 'status_code'), '403');
  t.match(attributeOf(refused, 'status_message'), /^This client may not start programs on this host\./);
  await launch(client);
  await converse(running);
  await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
  t.match(await client.https('/cancel'), /<cancel>1/, 'the desktop alone it may quit');

  await change({ rights: { launch: true } });
  await client.https('/launch', { appid: game, ...launch_parameters });
  await converse(running);
  await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
  await change({ rights: { launch: false } });
  await until(running, ({ sessions }) => sessions.length === 0);
  t.same(
    (await ids()).map(([title]) => title),
    ['Desktop', 'Game'],
    'what runs it may resume',
  );
  t.match(await client.https('/cancel'), /may not quit programs/);
  t.equal((await running.host.service.status()).apps.length, 1, 'and not end');
});

t.test('without the right to input nothing is injected, from the moment on', async (t) => {
  const { running, client, change } = await withClient(t);
  await launch(client);
  await converse(running);
  await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
  await change({ rights: { input: false } });
  t.match(
    running.events.findLast(({ type, step }) => type === 'session' && step === 'ended'),
    {
      reason: 'what the client may do was changed',
    },
  );
  await until(running, ({ sessions }) => sessions.length === 0);
  await launch(client, '/resume');
  await converse(running);
  const { sessions } = await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
  t.match(sessions[0]?.problems, [{ code: 'watch_only', detail: /TV may watch and listen only/ }]);
  const starts = running.told().filter(({ type }) => type === 'start');
  t.match(starts.at(-1)?.input, { kind: 'forbidden' });
});

t.test('a right that is given ends nothing', async (t) => {
  const { running, client, change } = await withClient(t);
  await change({ rights: { input: false } });
  await launch(client);
  await converse(running);
  await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
  await change({ rights: { input: true }, name: 'Tablet' });
  t.equal((await running.host.service.status()).sessions[0]?.phase, 'streaming');
});

t.test('when its time is over its stream ends, and it is as if it were not paired', async (t) => {
  const { running, client, change, id } = await withClient(t);
  await launch(client);
  await converse(running);
  await until(running, ({ sessions: [session] }) => session?.phase === 'streaming');
  await change({ expires_at: new Date(Date.now() + 300).toISOString() });
  await until(running, ({ sessions }) => sessions.length === 0);
  t.match(
    running.events.findLast(({ type, step }) => type === 'session' && step === 'ended'),
    {
      reason: "the client's time is over",
    },
  );
  t.equal(attributeOf(await client.https('/applist'), 'status_code'), '401');
  t.equal(textOf(await client.https('/serverinfo'), 'PairStatus') || '0', '0');
  t.match(await running.api.get<ClientSummary[]>(root), [{ id, expired: true }]);
  await change({ expires_at: null });
  t.match(await client.https('/applist'), /Desktop/, 'and back');
});

t.test('a clock that jumps over its end', async (t) => {
  const { running, client, change } = await withClient(t);
  await change({ expires_at: '2999-01-01' });
  t.match(await client.https('/applist'), /Desktop/);
  const late = mock.method(Date, 'now', () => Date.parse('2999-01-02'));
  t.equal(attributeOf(await client.https('/applist'), 'status_code'), '401');
  late.mock.restore();
  t.match(await client.https('/applist'), /Desktop/);
  t.match(await running.api.get<ClientSummary[]>(root), [
    { last_seen_at: /^\d{4}-/, expires_at: '2999-01-01T00:00:00.000Z' },
  ]);
});
