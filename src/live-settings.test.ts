// What is set while a host runs counts when src/config/schema.ts says that it does.

import t from 'tap';
import { outsideAddresses } from './addresses.ts';
import { attributeOf, textOf } from './gamestream/test-client.ts';
import { converse, launch, launch_parameters, paired, run, until } from './test-host.ts';
import './test-limit.ts';

t.test('the name and the applications: at once', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  running.config.change({ name: 'Studio' });
  t.equal(textOf(await client.https('/serverinfo'), 'hostname'), 'Studio');
  running.config.changeApps((apps) => [...apps, { title: 'Terminal', command: ['pf-no-such-program'] }]);
  const list = await client.https('/applist');
  t.match(list, /Desktop.*Terminal/);
  const appid = [...list.matchAll(/<ID>(\d+)<\/ID>/g)][1]?.[1] ?? '';
  const refused = await client.https('/launch', { appid, ...launch_parameters });
  t.match(attributeOf(refused, 'status_message'), /^Terminal could not be started/);
});

t.test('what a stream is made of: with the next one', async (t) => {
  const running = await run(t);
  const client = await paired(t, running);
  running.config.change({ fec_percent: 33, encoder_crf: 31, encoder_preset: 'veryfast' });
  await launch(client);
  await converse(running);
  const start = running.told().find(({ type }) => type === 'start');
  t.match(start, { video: { crf: 31, preset: 'veryfast' }, transport: { fec_percent: 33 } });
  running.config.change({ fec_percent: 34 });
  const { status } = running.host.service;
  t.equal((await status.call(running.host.service)).sessions.length, 1, 'and the one that is on goes on');
  await client.https('/cancel');

  running.config.change({ encryption: 'required' });
  const { corever: _, ...old } = launch_parameters;
  const appid = textOf(await client.https('/applist'), 'ID') ?? '';
  const refused = await client.https('/launch', { appid, ...old });
  t.match(attributeOf(refused, 'status_message'), /this host requires encryption/);
});

const no_network = outsideAddresses('0.0.0.0').length > 0 ? false : 'this machine has no network but loopback';

t.test('being announced: at once', { skip: no_network }, async (t) => {
  const running = await run(t, { settings: { bind: '0.0.0.0', discovery: undefined } });
  await until(running, ({ announced }) => announced);
  running.config.change({ discovery: false });
  await until(running, ({ announced }) => !announced);
  running.config.change({ discovery: true });
  await until(running, ({ announced }) => announced);
  t.pass('switched off and on');
});
