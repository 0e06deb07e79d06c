// A measurement through the doors of a whole host, with a stand-in for the kit.

import { join } from 'node:path';
import t from 'tap';
import type { MeasurementDetail, MeasurementEntry } from './measurements/format.ts';
import { say, signIn } from './test-console.ts';
import { eventually } from './test-eventually.ts';
import { launch, paired, type Running, run, until } from './test-host.ts';
import './test-limit.ts';

const kit = (manner: string) => [process.execPath, join(import.meta.dirname, 'measurements/test-kit.ts'), manner];
const over = ({ api }: Running, id: string): Promise<MeasurementDetail> =>
  eventually('its end', async () => {
    const found = await api.get<MeasurementDetail>(`/api/v1/measurements/${id}`);
    return found.state !== 'running' && found;
  });
const latency = { parts: ['latency'] };

t.test('a client that streams wins over a measurement, and keeps the next one from beginning', async (t) => {
  const running = await run(t, { kit: kit('hangs') });
  const client = await paired(t, running, 'Tablet');
  const { id } = await running.api.post<MeasurementEntry>('/api/v1/measurements', latency);
  await eventually('a kit that is at work', () =>
    running.events.some(
      (event) => event.type === 'measurement' && event.step === 'progress' && event.detail === 'it hangs',
    ),
  );
  await launch(client);
  t.match(await over(running, id), {
    state: 'cut_short',
    reason: 'Tablet began to stream.',
    parts: [{ name: 'latency', state: 'cut_short' }],
  });
  t.equal((await until(running, ({ sessions }) => sessions.length === 1)).sessions.length, 1, 'it streams');
  await t.rejects(running.api.post('/api/v1/measurements', latency), {
    code: 'MEASURING_WHILE_STREAMED',
    message: /^Tablet streams: a measurement takes the cores/,
    cure: 'Measure when nobody streams.',
  });
});

t.test('by a browser: who began it is in the audit log, and what it left can be taken along', async (t) => {
  const running = await run(t, { kit: kit('quick') });
  const own = await signIn(running);
  const begun = await say(running, 'POST', '/api/v1/measurements', own, latency);
  t.equal(begun.status, 200);
  const { id } = JSON.parse(begun.text) as MeasurementEntry;
  t.match(await over(running, id), { state: 'done', has_page: true });
  t.match(await running.api.get('/api/v1/audit'), [{ route: 'POST /measurements', outcome: 'done', what: id }, {}]);
  const soon = await say(running, 'POST', '/api/v1/measurements', own, latency);
  t.match([soon.status, JSON.parse(soon.text)], [429, { code: 'MEASURED_TOO_SOON', cure: 'Wait so long.' }]);
  const page = await say(running, 'GET', `/api/v1/measurements/${id}/page`, own);
  t.equal(page.text, '<!doctype html>1 reports');
  t.match(await say(running, 'GET', `/api/v1/measurements/${id}/file`, own), {
    status: 200,
    text: /"measurement":1.*\n.*"part":"latency"/,
  });
  for (const parts of [[], ['latency', 'latency'], ['soak'], ['--help']])
    t.equal((await say(running, 'POST', '/api/v1/measurements', own, { parts })).status, 400, parts.join());
});

t.test('a host that ends in the middle keeps what there is', async (t) => {
  const running = await run(t, { kit: kit('hangs') });
  const { id } = await running.api.post<MeasurementEntry>('/api/v1/measurements', latency);
  await eventually('a kit that is at work', () =>
    running.events.some(
      (event) => event.type === 'measurement' && event.step === 'progress' && event.detail === 'it hangs',
    ),
  );
  await running.host.close();
  t.match(await running.host.service.measurements.read(id), { state: 'cut_short', reason: 'The host stopped.' });
});
