// What a whole host tells of itself to those who ask.

import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { Check } from 'typebox/schema';
import { Client } from 'undici';
import { socketPath } from '../config/paths.ts';
import { missing, ok } from '../doctor/check.ts';
import type { Examination } from '../doctor/examination.ts';
import { lintExposition } from '../metrics/test-exposition.ts';
import type { RecordingDetail, RecordingEntry } from '../recordings/library.ts';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import { converse, launch, paired, type Running, run, until } from '../test-host.ts';
import { download } from './download.ts';
import { Update } from './schema/host.ts';

async function text({ data_dir }: Running, path: string) {
  const client = new Client('http://localhost', { socketPath: socketPath(data_dir) });
  try {
    const { body, headers } = await client.request({ method: 'GET', path });
    return { text: await body.text(), type: headers['content-type'] };
  } finally {
    await client.close();
  }
}

t.test('a stream is measured and recorded, and what is recorded can be read and removed', async (t) => {
  const running = await run(t);
  const { api } = running;
  t.same(await api.get('/api/v1/recordings'), []);
  const client = await paired(t, running, 'Tablet');
  await launch(client);
  await converse(running);
  await until(running, ({ sessions: [session] }) => session?.stats !== null && session?.phase === 'streaming');
  const metrics = await text(running, '/metrics');
  t.match(metrics.type, /^text\/plain/);
  t.same(lintExposition(metrics.text), []);
  t.match(metrics.text, /^punktfunk_streams 1$/m);
  t.match(metrics.text, /^punktfunk_pairings_total 1$/m);
  t.match(metrics.text, /^punktfunk_frames_sent_total [1-9]/m);
  t.match(metrics.text, /^punktfunk_round_trip_seconds\{client="Tablet"\} 0\.001$/m);

  await client.https('/cancel');
  const [entry] = await eventually('its recording', async () => {
    const list = await api.get<RecordingEntry[]>('/api/v1/recordings');
    return list[0]?.state === 'whole' && list;
  });
  t.match(entry, { session: { client: { name: 'Tablet' } }, reason: 'the application was quit', video: { fps: 60 } });
  const path = `/api/v1/recordings/${entry?.id}`;
  const detail = await api.get<RecordingDetail>(path);
  t.equal(detail.seconds.length, entry?.figures?.seconds);
  const file = await text(running, `${path}/file`);
  t.equal(file.type, 'application/x-ndjson');
  t.match(JSON.parse(file.text.split('\n')[0] ?? ''), { recording: 1 });
  await api.delete(path);
  for (const unknown of [path, `${path}/file`, '/api/v1/recordings/..%2Fidentity.json'])
    t.match(JSON.parse((await text(running, unknown)).text), { code: 'RECORDING_UNKNOWN' }, unknown);
});

t.test('the doctor examines on demand, seen while he does', async (t) => {
  const check = Promise.withResolvers<void>();
  const running = await run(t, {
    async *examine(_, host) {
      yield ok('host', `running, process ${host?.pid}`);
      await check.promise;
      yield missing('ports', 'taken', 'free them');
    },
  });
  const { api } = running;
  t.match(await api.get('/api/v1/doctor'), { state: 'never', checks: [] });
  t.match(await api.post('/api/v1/doctor', {}), { state: 'running' });
  await eventually('the first check', async () => {
    const { checks } = await api.get<Examination>('/api/v1/doctor');
    return checks.length === 1;
  });
  t.match(await api.post('/api/v1/doctor', {}), { state: 'running', checks: { length: 1 } }, 'the same one');
  check.resolve();
  const done = await eventually('its end', async () => {
    const latest = await api.get<Examination>('/api/v1/doctor');
    return latest.state === 'done' && latest;
  });
  t.match(done, { complete: false, checks: [{ detail: `running, process ${process.pid}` }, { name: 'ports' }] });
  await api.post('/api/v1/doctor', {});
  t.match(await api.delete('/api/v1/doctor'), { state: /cancelled|done/ });
});

t.test('what the host is, and whether it answers', async (t) => {
  const { api, port, data_dir } = await run(t, { settings: { name: 'Studio' } });
  t.same(await api.get('/api/v1/health'), { healthy: true });
  t.match(await api.get('/api/v1/host'), {
    name: 'Studio',
    data_dir,
    ports: { http: port },
    certificate_sha256: /^[\dA-F:]{95}$/,
  });
  const socket = connect({ host: '127.0.0.1', port: port + 1, rejectUnauthorized: false });
  t.teardown(() => socket.destroy());
  await once(socket, 'secureConnect');
  t.match(await api.get('/api/v1/status'), {
    console_addresses: [`https://127.0.0.1:${port + 1}`],
    certificate_sha256: socket.getPeerCertificate().fingerprint256,
  });
  t.ok(Check(Update, await api.get('/api/v1/update')));
});

t.test('the diagnostics are an archive with all that is known', async (t) => {
  const running = await run(t, {
    async *examine() {
      yield ok('node', 'fine');
    },
  });
  const client = new Client('http://localhost', { socketPath: socketPath(running.data_dir) });
  t.teardown(() => client.close());
  const { body, headers } = await client.request({ method: 'GET', path: '/api/v1/diagnostics' });
  t.match(headers, { 'content-type': 'application/gzip', 'content-disposition': /punktfunk-diagnostics\.tar\.gz/ });
  const archive = gunzipSync(Buffer.from(await body.arrayBuffer())).toString();
  for (const name of ['README.txt', 'doctor.json', 'settings.json', 'log.ndjson'])
    t.ok(archive.includes(`punktfunk-diagnostics/${name}`), name);
  t.match(archive, /"verdict": "This machine can stream/);
  t.notMatch(archive, /could not be found out|PRIVATE KEY/);

  const file = join(folder(t), 'bundle.tar.gz');
  await download(running.data_dir, '/api/v1/diagnostics', file);
  t.match(gunzipSync(readFileSync(file)).toString(), /punktfunk-diagnostics\/doctor\.json/);
  t.equal(statSync(file).mode & 0o777, 0o600);
  await t.rejects(download(running.data_dir, '/api/v1/diagnostics', '/dev/full'), {
    code: 'OUTPUT_FAILED',
    message: /the disk is full/,
  });
  await t.rejects(download(running.data_dir, '/api/v1/nothing', file), { code: 'REQUEST_UNKNOWN' });
  await t.rejects(download(folder(t), '/api/v1/diagnostics', file), { code: 'HOST_NOT_RUNNING' });
});
