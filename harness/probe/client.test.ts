// The probe against a small host over real HTTP and TLS: pairing right and wrong, falling back, launching, refusals.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Probe } from './client.ts';
import { TestHost } from './test-host.ts';

async function world(t: Test): Promise<{ host: TestHost; probe: Probe; data_dir: string }> {
  const host = await TestHost.start();
  const data_dir = mkdtempSync(join(tmpdir(), 'probe-client-'));
  t.teardown(async () => {
    await host.stop();
    rmSync(data_dir, { recursive: true, force: true });
  });
  return { host, data_dir, probe: await Probe.open({ host: '127.0.0.1', port: host.port, data_dir }) };
}

t.test('pairs, lists, launches, resumes and quits', async (t) => {
  const { host, probe, data_dir } = await world(t);
  t.match(await probe.serverInfo(), { hostname: 'test & host', paired: false });
  await t.rejects(probe.apps(), { kind: 'not_paired', message: /probe pair 127\.0\.0\.1:\d+/ });
  t.match(await probe.pair('1234'), { paired: true });
  t.same(
    (await probe.apps()).map((app) => app.title),
    ['Steam', 'Desktop'],
  );
  const launched = await probe.launch({ width: 1920, height: 1080 });
  t.match(launched, { session_url: 'rtsp://127.0.0.1:1', app: 'Desktop', resumed: false });
  t.equal(launched.key.length, 16);
  const again = await probe.launch();
  t.equal(again.resumed, true);
  t.notSame(again.key, launched.key, 'every launch has a key of its own');
  t.match(await probe.launch({ app: 7 }), { app: 'Steam', resumed: false });
  await t.rejects(probe.launch({ app: 'Chess' }), { kind: 'refused', message: /Steam, Desktop/ });
  await probe.quit();
  t.equal(host.running, 0);

  const later = await Probe.open({ host: '127.0.0.1', port: host.port, data_dir });
  t.match(await later.serverInfo(), { paired: true }, 'the pairing is kept');
});

t.test('a wrong PIN is noticed here, reported to the host, and pairs nobody', async (t) => {
  const { host, probe } = await world(t);
  host.pin = Promise.resolve('4321');
  await t.rejects(probe.pair('1234'), { kind: 'pairing_failed', message: /PIN/ });
  t.equal(host.requests.at(-1), 'http /unpair');
  t.equal(host.paired.length, 0);
  t.match(await probe.serverInfo(), { paired: false });
  host.pin = Promise.resolve('1234');
  t.match(await probe.pair('1234'), { paired: true }, 'the next attempt works');
  await t.rejects(probe.pair('12345'), { kind: 'usage', message: /four digits/ });
});

t.test('nobody types the PIN, or another pairing is under way', async (t) => {
  const { host, probe } = await world(t);
  host.pin = new Promise(() => undefined);
  await t.rejects(probe.pair('1234', 50), {
    kind: 'pairing_failed',
    message: /was not typed at the host within 0.05 s/,
  });
  host.answers.set('/pair', '<root status_code="200"><paired>1</paired></root>');
  await t.rejects(probe.pair('1234'), { kind: 'pairing_failed', message: /another pairing/ });
  host.answers.set('/pair', '<root status_code="400" status_message="no"><paired>0</paired></root>');
  await t.rejects(probe.pair('1234'), { kind: 'pairing_failed', message: /400/ });
});

t.test('a host that forgot us, or was set up anew, is seen as unpaired', async (t) => {
  const { host, probe } = await world(t);
  await probe.pair('1234');
  host.paired.length = 0;
  t.match(await probe.serverInfo(), { paired: false }, 'HTTPS says 401: HTTP is asked');
  await t.rejects(probe.apps(), { kind: 'not_paired', message: /not paired/ });
  await probe.pair('1234');
  await host.setUpAnew();
  t.match(await probe.serverInfo(), { paired: false }, 'another certificate');
  await t.rejects(probe.apps(), { kind: 'not_paired', message: /another certificate/ });
  t.match(await probe.pair('1234'), { paired: true });
});

t.test('answers that make no sense end in a sentence', async (t) => {
  const { host, probe } = await world(t);
  await probe.pair('1234');
  const sends = async (path: string, body: string): Promise<void> => void host.answers.set(path, body);
  await sends('/applist', 'not XML');
  await t.rejects(probe.apps(), { kind: 'refused', message: /not well-formed/ });
  await sends('/applist', '');
  await t.rejects(probe.apps(), { kind: 'unreachable', message: /HTTP status 200 and nothing else/ });
  await sends('/applist', '<root status_code="200"><App><AppTitle>x</AppTitle><ID>0</ID></App></root>');
  await t.rejects(probe.apps(), { kind: 'refused', message: /ID/ });
  await sends('/applist', `<root status_code="200">${' '.repeat(2 << 20)}</root>`);
  await t.rejects(probe.apps(), { kind: 'unreachable', message: /longer/ });
  host.answers.delete('/applist');
  await sends('/launch', '<root status_code="503" status_message="no encoder"><gamesession>0</gamesession></root>');
  await t.rejects(probe.launch(), { kind: 'refused', message: /no encoder/ });
  await sends('/launch', '<root status_code="200"><gamesession>0</gamesession></root>');
  await t.rejects(probe.launch(), { kind: 'refused', message: /did not start/ });
  await sends('/cancel', '<root status_code="503" status_message="later"/>');
  await t.rejects(probe.quit(), { kind: 'refused', message: /later/ });
});

t.test('a host that is not there', async (t) => {
  const { host, data_dir } = await world(t);
  const { port } = host;
  await host.stop();
  const probe = await Probe.open({ host: '127.0.0.1', port, data_dir });
  await t.rejects(probe.serverInfo(), { kind: 'unreachable', message: /nothing listens/ });
  await t.rejects(Probe.open({ host: 'no-such-host.invalid', data_dir }), {
    kind: 'unreachable',
    message: /cannot be resolved/,
  });
  await t.rejects(Probe.open({ host: '::1', data_dir }), { kind: 'usage', message: /IPv4/ });
});
