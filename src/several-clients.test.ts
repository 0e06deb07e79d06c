// Two clients of one host, behind one address.

import t from 'tap';
import { attributeOf, type TestClient, textOf } from './gamestream/test-client.ts';
import type { ClientSummary } from './management/schema/clients.ts';
import { conversation, key, launch, launch_parameters, paired, type Running, run, until } from './test-host.ts';

const two_outputs = { display: { capabilities: { exact_mode: true, max_outputs: 2 } } };

/** Launches, and keeps the key that it was launched with. */
async function launched(client: TestClient): Promise<Buffer> {
  const answer = await launch(client);
  if (textOf(answer, 'gamesession') !== '1') throw new Error(attributeOf(answer, 'status_message'));
  return Buffer.from(key);
}

const portsIn = (replies: string[]) =>
  replies.flatMap((reply) => /server_port=(\d+)/.exec(reply)?.[1] ?? []).map(Number);
const currentGame = async (client: TestClient) => Number(textOf(await client.https('/serverinfo'), 'currentgame'));

async function both(t: Parameters<typeof paired>[0]): Promise<[Running, TestClient, TestClient]> {
  const running = await run(t, two_outputs);
  return [running, await paired(t, running, 'Tablet'), await paired(t, running, 'Phone')];
}

t.test('sealed conversations at once are told apart by their keys', async (t) => {
  const [running, tablet, phone] = await both(t);
  const keys = [await launched(tablet), await launched(phone)];
  const [one, other] = keys.map((key) => conversation(running, { key }));
  const replies: [string[], string[]] = [[], []];
  for (let requests = 0; requests < 7; requests++) {
    replies[0].push((await one?.next())?.value);
    replies[1].push((await other?.next())?.value);
  }
  t.ok(replies.flat().every((reply) => reply.startsWith('RTSP/1.0 200 OK')));
  const { port } = running;
  t.same(portsIn(replies[0]), [port + 11, port + 9, port + 10], 'audio, video, control: those that clients know');
  t.same(portsIn(replies[1]), [port + 14, port + 12, port + 13], 'the next three');
  const { sessions } = await until(running, ({ sessions }) => sessions.every(({ phase }) => phase === 'streaming'));
  t.same(
    sessions.map(({ client }) => client.name),
    ['Tablet', 'Phone'],
  );
  const starts = running.told().filter(({ type }) => type === 'start');
  t.match(
    starts.map(({ transport }) => transport),
    keys.map((key) => ({ key_hex: key.toString('hex') })),
  );
  t.match(await running.api.get<ClientSummary[]>('/api/v1/clients'), [{ streaming: true }, { streaming: true }]);
});

t.test('each client sees and quits its own', async (t) => {
  const [running, tablet, phone] = await both(t);
  const third = await paired(t, running, 'Laptop');
  await launched(tablet);
  t.equal(await currentGame(phone), 0, 'the host is free to another');
  t.equal(textOf(await phone.https('/cancel'), 'cancel'), '1', 'who has nothing to quit');
  t.not(await currentGame(tablet), 0);
  await launched(phone);
  t.not(await currentGame(third), 0, 'no place is left');
  t.equal(attributeOf(await launch(third), 'status_code'), '503');
  await tablet.https('/cancel');
  t.equal(await currentGame(tablet), 0, 'before the reply');
  const { sessions } = await running.host.service.status();
  t.match(sessions, [{ client: { name: 'Phone' } }]);
  t.equal(sessions.length, 1);
});

t.test('of two clear conversations at one address the second is refused', async (t) => {
  const [running, tablet, phone] = await both(t);
  const appid = textOf(await tablet.https('/applist'), 'ID') ?? '';
  const { corever: _, ...old } = launch_parameters;
  const launchOld = (client: TestClient) => client.https('/launch', { appid, ...old, rikey: launch_parameters.rikey });
  t.equal(textOf(await launchOld(tablet), 'gamesession'), '1');
  t.match(attributeOf(await launchOld(phone), 'status_message'), /another client at its address is about to stream/);
  t.match((await running.host.service.status()).sessions, [{ client: { name: 'Tablet' } }]);
  const sealed = await launched(phone);
  for await (const reply of conversation(running, {})) t.match(reply, /^RTSP\/1.0 200 /);
  for await (const reply of conversation(running, { key: sealed })) t.match(reply, /^RTSP\/1.0 200 /);
  await until(running, ({ sessions }) => sessions.filter(({ phase }) => phase === 'streaming').length === 2);
});
