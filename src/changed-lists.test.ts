// Who looks at a list of the host hears that it is old, whoever changed it: each change through the API, and what the host itself adds.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { colour, encodePng } from './apps/png.ts';
import type { ChangedList, HostEvent } from './events.ts';
import type { ApplicationSummary } from './management/schema/applications.ts';
import { eventually } from './test-eventually.ts';
import { converse, launch, paired, run } from './test-host.ts';
import './test-limit.ts';

const listsIn = (events: readonly HostEvent[]): ChangedList[] =>
  events.flatMap((event) => (event.type === 'list' ? event.of : []));

t.test('each change of a list is told', async (t) => {
  const { host, api, data_dir, events } = await run(t);
  const { access, applications } = host.service;
  const told = async (of: ChangedList, name: string, change: () => unknown) => {
    events.length = 0;
    const answer = await change();
    t.same(listsIn(events), [of], name);
    return answer;
  };
  const browser = { address: '127.0.0.1', agent: 'Firefox' };
  const link = () => access.followLink(access.makeLink().secret, browser);
  await told('browsers', 'a link is followed', link);
  await told('browsers', 'the first password', () =>
    access.setUp('a long password', access.set_up_code ?? undefined, browser),
  );
  await told('browsers', 'a sign-in', () => access.signIn('a long password', browser));
  const { caller } = link();
  await told('browsers', 'another password', () => access.changePassword(caller, 'another password'));
  await told('browsers', 'one is signed out', () => api.delete(`/api/v1/browsers/${caller.id}`));
  const { token } = (await told('tokens', 'a token', () =>
    api.post('/api/v1/tokens', { name: 'ci', scope: 'read' }),
  )) as { token: { id: string } };
  await told('tokens', 'its end', () => api.delete(`/api/v1/tokens/${token.id}`));
  await told('settings', 'a setting', () => api.patch('/api/v1/settings', { name: 'Studio' }));

  const root = '/api/v1/applications';
  const { id } = (await told('applications', 'one more', () => api.post(root, { title: 'Game' }))) as { id: number };
  const { version } = await api.get<{ version: string }>(`${root}/${id}`);
  await told('applications', 'another title', () => api.put(`${root}/${id}`, { title: 'Better', version }));
  const ids = (await api.get<ApplicationSummary[]>(root)).map((one) => one.id);
  await told('applications', 'another order', () => api.put(`${root}/order`, { ids: ids.reverse() }));
  const picture = {
    width: 1,
    height: 1,
    bits: 8,
    colour: colour.rgb,
    palette: Buffer.alloc(0),
    transparency: Buffer.alloc(0),
  };
  const png = await encodePng({ ...picture, rows: Buffer.alloc(4) });
  await told('applications', 'a picture', () => applications.keepBoxArt(id, png));
  await told('applications', 'its end', () => api.delete(`${root}/${id}/box-art`));
  await told('applications', 'one less', () => api.delete(`${root}/${id}`));

  const folder = join(data_dir, 'recordings');
  mkdirSync(folder, { recursive: true });
  const recording = '20260110T193000Z-0123456789aa';
  writeFileSync(join(folder, `${recording}.ndjson`), '');
  await told('recordings', 'one less', () => api.delete(`/api/v1/recordings/${recording}`));
});

t.test('a recording is told when it can be listed, and when it is whole', async (t) => {
  const running = await run(t);
  const { events, api } = running;
  const client = await paired(t, running);
  await launch(client);
  await converse(running);
  const state = async () => (await api.get<{ state: string }[]>('/api/v1/recordings'))[0]?.state;
  await eventually('its begin', () => listsIn(events).includes('recordings'));
  t.equal(await state(), 'running');
  events.length = 0;
  await client.https('/cancel');
  await eventually('its end', () => listsIn(events).includes('recordings'));
  t.equal(await state(), 'whole');
});
