import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import t from 'tap';
import { runChild, startChild } from '../../src/test-children.ts';
import { eventually } from '../../src/test-eventually.ts';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import type { TestHost } from '../e2e/host.ts';
import { openPictureHost } from '../e2e/picture-host.ts';
import { exits } from '../exits.ts';
import { parseReport, type Report } from '../kit/report.ts';
import { chainOf } from '../report/stages.ts';
import { makeBuild, missingFor } from '../self-check/slow-build.ts';
import { ClockWatch, jumpBetween, OtherClock, offsetOf, serveClock } from './clock.ts';

const main = join(import.meta.dirname, '../main.ts');
const latency = (...words: string[]) => runChild([process.execPath, main, 'latency', ...words]);

const host = await openPictureHost(t);
const probe_dir = join(folder(t), 'probe');
const words = ['--port', `${host.base_port}`, '--probe-dir', probe_dir];

t.test('the offset of a clock is within its bound, whichever way takes longer', async (t) => {
  const ns = (most: number) => fc.bigInt({ min: 0n, max: BigInt(most) });
  fc.assert(
    fc.property(ns(1e15), ns(1e15), ns(1e9), ns(1e6), ns(1e9), (ours, ahead, there, inside, back) => {
      const read = ours + there + ahead;
      const found = offsetOf(ours, read, read + inside, ours + there + inside + back);
      return found !== undefined && Math.abs(found.offset_ns - Number(ahead)) <= found.error_ns + 1;
    }),
  );
  t.equal(offsetOf(10n, 20n, 19n, 30n), undefined, 'a clock that runs backward');
  t.equal(offsetOf(10n, 20n, 90n, 30n), undefined, 'an answer that took longer inside than in all');
});

t.test('clocks that drift apart are followed in between', async (t) => {
  const clock = new OtherClock([
    { at_ns: 0, offset_ns: 1e9, error_ns: 10_000 },
    { at_ns: 1e9, offset_ns: 1e9 + 50_000, error_ns: 20_000 },
  ]);
  t.ok(Math.abs(clock.toOurs(1e9) - 0) < 2);
  t.ok(Math.abs(clock.toOurs(2e9 + 50_000) - 1e9) < 5);
  t.ok(Math.abs(clock.toOurs(1.5e9 + 25_000) - 0.5e9) < 5);
  t.equal(clock.error_ms, 0.02);
  t.equal(clock.drift_ms, 0.05);
});

t.test('a clock that is steered in the middle is followed, and what is beside the line is in the error', async (t) => {
  const error_ns = 10_000;
  const clock = new OtherClock([
    { at_ns: 0, offset_ns: 0, error_ns },
    { at_ns: 1e9, offset_ns: 0, error_ns },
    { at_ns: 2e9, offset_ns: 400_000, error_ns },
  ]);
  t.ok(Math.abs(clock.toOurs(0.5e9) - 0.5e9) < 2);
  t.ok(Math.abs(clock.toOurs(1.5e9 + 200_000) - 1.5e9) < 200, 'as it was in between');
  t.equal(clock.uneven_ms, 0.18, 'a straight line has 0.2 ms there, of which the errors may be 0.02');
  t.equal(clock.error_ms, 0.19);
  const one = { at_ns: 0, offset_ns: 0, error_ns };
  t.equal(jumpBetween(one, { at_ns: 1e8, offset_ns: 100_000, error_ns }), 0, 'as far as clocks are steered');
  t.equal(jumpBetween(one, { at_ns: 1e8, offset_ns: 1_000_000, error_ns }), 880_000);
});

/** Tells a clock that is this much ahead of ours, until the test ends. */
async function clockAhead(owner: Parameters<typeof folder>[0], ahead_ns: () => bigint): Promise<number> {
  const ending = new AbortController();
  const port = Promise.withResolvers<number>();
  const served = serveClock(0, ending.signal, port.resolve, () => process.hrtime.bigint() + ahead_ns());
  owner.teardown(() => {
    ending.abort();
    return served;
  });
  return port.promise;
}

t.test('a clock is asked over the network', async (t) => {
  const { signal } = new AbortController();
  const hour_ns = 3_600_000_000_000n;
  const udp_port = await clockAhead(t, () => hour_ns);
  const watch = await ClockWatch.open('127.0.0.1', udp_port, signal);
  const stranger = createSocket('udp4');
  t.teardown(() => stranger.close());
  const answers: Buffer[] = [];
  stranger.on('message', (answer) => answers.push(answer));
  await new Promise<void>((done) => stranger.send(Buffer.from('hello'), udp_port, '127.0.0.1', () => done()));
  const clock = await watch?.finish(signal);
  t.ok(clock, 'and it goes on');
  t.same(answers, [], 'what is no question is not answered');
  const off_ns = (clock?.toOurs(5e12 + Number(hour_ns)) ?? 0) - 5e12;
  t.ok(Math.abs(off_ns) <= 1e6 * (clock?.error_ms ?? 0) + 1, `it is off by ${off_ns} ns`);
  t.equal(clock?.jumped_ms, 0);
});

/** Between us and who answers at the port: what comes back takes longer by so much. */
async function slowWayBack(owner: Parameters<typeof folder>[0], port: number, later_ms: number): Promise<number> {
  const [here, there] = [createSocket('udp4'), createSocket('udp4')];
  owner.teardown(() => {
    here.close();
    there.close();
  });
  let asker = 0;
  here.on('message', (question, from) => {
    asker = from.port;
    there.send(question, port, '127.0.0.1');
  });
  there.on('message', (answer) => setTimeout(() => here.send(answer, asker, '127.0.0.1'), later_ms));
  here.bind(0, '127.0.0.1');
  await once(here, 'listening');
  return here.address().port;
}

t.test('a clock that nobody tells, or nobody any more, is no answer', async (t) => {
  const { signal } = new AbortController();
  const ending = new AbortController();
  const port = Promise.withResolvers<number>();
  const served = serveClock(0, ending.signal, port.resolve);
  const watch = await ClockWatch.open('127.0.0.1', await port.promise, signal);
  t.ok(watch);
  ending.abort();
  await served;
  t.equal(await watch?.finish(signal), undefined);
  t.equal(await ClockWatch.open('127.0.0.1', await port.promise, signal), undefined);
});

t.test('a way back that takes longer moves the clock by half of that, which the bound has', async (t) => {
  const ahead_ns = 12_345_000_000_000n;
  const later_ms = 20;
  const udp_port = await slowWayBack(t, await clockAhead(t, () => ahead_ns), later_ms);
  const { signal } = new AbortController();
  const watch = await ClockWatch.open('127.0.0.1', udp_port, signal);
  const clock = await watch?.finish(signal);
  const off_ms = ((clock?.toOurs(5e12 + Number(ahead_ns)) ?? 0) - 5e12) / 1e6;
  t.ok(off_ms > later_ms / 4, `it is off by ${off_ms} ms`);
  t.ok(off_ms <= (clock?.error_ms ?? 0), `and the bound is ${clock?.error_ms} ms`);
});

/** Pairs as a person does, who types the PIN at the host. */
async function measurePaired(of: TestHost, ...more: string[]): Promise<{ code: number; report: Report }> {
  const where = ['127.0.0.1', '--port', `${of.base_port}`, '--probe-dir', probe_dir];
  const measured = latency(...where, '--json', ...more);
  if (more.includes('--pin')) {
    await of.event('pairing_waiting');
    await of.command('pair', '1234');
  }
  const { out, code } = await measured;
  return { code, report: parseReport(out, 'it') };
}

t.test('a host that is ours tells each stage, in the order of causes', async (t) => {
  const { code, report } = await measurePaired(
    host,
    '--pin',
    '1234',
    '--host-data-dir',
    host.data_dir,
    '--seconds',
    '4',
  );
  t.equal(code, exits.passed, report.verdict.text);
  const [one] = report.cases;
  const named = new Map(one?.series.map((series) => [series.name, series]));
  const stages = chainOf(one?.series ?? []);
  t.same(
    stages.map(({ name }) => name),
    ['compose', 'capture', 'convert', 'wait for its turn', 'encode', 'protect', 'send', 'network', 'repair', 'decode'],
  );
  const counts = stages.map(({ summary }) => summary.count);
  t.ok(Math.min(...counts) > 10, `pictures of each stage: ${counts}`);
  t.ok(Math.min(...counts) > 0.9 * (named.get('painted to decoded')?.summary.count ?? 0), `all are told of: ${counts}`);
  // However busy the machine is: a picture is painted before it is taken, and encoded before its last datagram is read. Two clocks, or
  // stamps of another picture, would break one or the other. The host counts in whole microseconds.
  const rounding_ms = 0.01;
  const composed = named.get('compose')?.values ?? [];
  const captured = named.get('capture')?.values ?? [];
  t.equal(composed.length, captured.length);
  t.ok(Math.min(...composed.map((ms, i) => ms + (captured[i] ?? 0))) > -rounding_ms, 'painted before it is taken');
  const read = named.get('encoded to received')?.values ?? [];
  t.ok(Math.min(...read) > -rounding_ms, 'encoded before it is read');
  t.match(report.notes.join(' '), /takes longest/);
});

const unslow = missingFor('slow');

t.test('a slow stage is named', { skip: unslow === undefined ? false : `${unslow} is not built` }, async (t) => {
  const PUNKTFUNK_NATIVE_DIR = makeBuild(folder(t), 'slow');
  const slow = await openPictureHost(t, { environment: { PUNKTFUNK_NATIVE_DIR } });
  // Few and small pictures: the encoder has time for each, none waits for the one before it, and no other stage takes long on any machine.
  const size = ['--width', '640', '--height', '360', '--fps', '10'];
  const seen = ['--host-data-dir', slow.data_dir, '--seconds', '4', ...size];
  const { report } = await measurePaired(slow, '--pin', '1234', ...seen);
  t.match(report.notes.join(' '), /\bencode takes longest: \d{2,}\.\d\d ms/);
});

t.test('a black box is measured from its picture alone', async (t) => {
  const { code, report } = await measurePaired(host, '--seconds', '2', '--max-p95-ms', '0.001');
  t.equal(code, exits.failed);
  t.match(report.verdict.text, /painted to decoded, p95: .* --max-p95-ms is 0\.001/);
  const names = report.cases[0]?.series.map(({ name }) => name) ?? [];
  t.ok(names.includes('painted to decoded') && names.includes('in the host, as it says'));
  t.notOk(names.includes('encode'), 'of which nothing was measured');
});

t.test('a host tells its stamps to another machine, to who has a token and knows its certificate', async (t) => {
  const dir = folder(t);
  const { secret } = JSON.parse(await host.command('token', 'create', '--name', 'kit', '--scope', 'read', '--json'));
  const [good, bad] = [join(dir, 'good'), join(dir, 'bad')];
  writeFileSync(good, `${secret}\n`);
  writeFileSync(bad, 'no-such-token\n');
  const { code, report } = await measurePaired(host, '--seconds', '2', '--token-file', good);
  t.equal(code, exits.passed, report.verdict.text);
  t.equal(chainOf(report.cases[0]?.series ?? []).length, 10, 'each stage');
  const refused = await measurePaired(host, '--seconds', '2', '--token-file', bad);
  t.equal(refused.code, exits.not_measured);
  t.match(refused.report.partial, /^The host does not tell of its pictures: /);
  const absent = await measurePaired(host, '--seconds', '2', '--token-file', join(dir, 'absent'));
  t.match(absent.report.partial, /ENOENT.*absent/);
});

t.test("a beacon's command that ends is told with its words", async (t) => {
  const { code, report } = await measurePaired(
    host,
    '--seconds',
    '2',
    '--beacon-command',
    'echo no desktop >&2; exit 3',
  );
  t.equal(code, exits.not_measured);
  t.match(report.partial, /^The beacon's command \(.*\) ended with 3: no desktop\.$/);
});

t.test('clocks that jump apart in the middle are told, and nothing is told between the machines', async (t) => {
  let ahead_ns = 0n;
  const udp_port = await clockAhead(t, () => ahead_ns);
  const from = host.log.length;
  const measuring = measurePaired(host, '--seconds', '3', '--clock', `127.0.0.1:${udp_port}`);
  await host.event('streaming', from);
  ahead_ns = 10_000_000_000n;
  const { code, report } = await measuring;
  t.equal(code, exits.not_measured);
  t.match(report.partial, /jumped apart by (99\d\d|10000)\.\d ms in the middle/);
  const names = report.cases[0]?.series.map(({ name }) => name) ?? [];
  t.ok(names.includes('decode'), 'what is of one machine is there');
  t.notOk(names.some((name) => name.startsWith('painted')));
});

t.test('a clock is asked no more when there is no stream', async (t) => {
  const clock = `127.0.0.1:${await clockAhead(t, () => 0n)}`;
  const where = ['127.0.0.1', '--port', `${host.base_port}`, '--probe-dir', join(probe_dir, 'another')];
  const { code, err } = await latency(...where, '--clock', clock);
  t.equal(code, exits.not_measured);
  t.match(err, /not paired/);
});

t.test('what cannot be measured is told in a sentence', async (t) => {
  const cases: [words: string[], code: number, sentence: RegExp][] = [
    [['127.0.0.1', '--port', '1', '--probe-dir', probe_dir], exits.not_measured, /127\.0\.0\.1/],
    [
      ['no-such-host.invalid', '--probe-dir', probe_dir],
      exits.not_measured,
      /no-such-host\.invalid cannot be resolved/,
    ],
    [
      ['127.0.0.1', '--port', `${host.base_port}`, '--probe-dir', join(probe_dir, 'other')],
      exits.not_measured,
      /not paired/,
    ],
    [['--pin', '1234'], exits.usage, /--pin is of a HOST/],
    [['a', 'b'], exits.usage, /takes one host/],
    [['127.0.0.1', '--pin', '12'], exits.usage, /four digits/],
    [['serve-clock', 'x'], exits.usage, /one port/],
    [['127.0.0.1', ...words, '--clock', '127.0.0.1:1'], exits.not_measured, /The clock at 127\.0\.0\.1:1/],
  ];
  for (const [given, code, sentence] of cases) {
    const ended = await latency(...given, '--seconds', '1');
    t.equal(ended.code, code, given.join(' '));
    t.match(ended.err, sentence);
  }
});

t.test('a host that goes away in the middle leaves a partial report', async (t) => {
  const measuring = startChild([process.execPath, main, 'latency', '127.0.0.1', ...words, '--seconds', '60', '--json']);
  const [out, exit] = [text(measuring.stdout), once(measuring, 'exit')];
  let err = '';
  measuring.stderr.on('data', (part: Buffer) => {
    err += part.toString();
  });
  await eventually('pictures', () => /\d{2} pictures/.test(err) || undefined);
  await host.stop();
  t.same((await exit)[0], exits.not_measured);
  const report = parseReport(await out, 'it');
  t.match(report.partial, /The stream stopped in the middle: ended by the host/);
  t.ok((report.cases[0]?.series.length ?? 0) > 0, 'what there is is in it');
});
