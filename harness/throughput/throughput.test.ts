import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { runChild, startChild } from '../../src/test-children.ts';
import '../../src/test-limit.ts';
import { freeBasePort } from '../../src/test-ports.ts';
import { exits } from '../exits.ts';
import { type Case, parseReport } from '../kit/report.ts';
import type { Received } from './ends.ts';
import { type Sent, whyLess } from './figures.ts';

const main = join(import.meta.dirname, '../main.ts');
const words = ['throughput', '--seconds', '1', '--gbps', '0.01', '--json'];
const throughput = (...more: string[]) => runChild([process.execPath, main, ...words, ...more]);
const count = (one: Case | undefined, name: string) =>
  one?.counts.find((counted) => counted.name === name)?.value ?? Number.NaN;

const sent: Sent = {
  ...{
    seconds: 1,
    unit_bytes: 1000,
    handed: 60,
    passed_over: 0,
    sent: 60,
    cut_short: 0,
    datagrams: 100,
    bytes: 140_000,
  },
  ...{ would_block: 0, protect_ns: 1e5, cpu_ns: 2e5, gso: true },
};
const received: Received = {
  ...{ seconds: 1, datagrams: 100, bytes: 140_000, kernel_drops: 0, frames: 60, repaired: 0, lost: 0, late: 0 },
  ...{ refused: 0, damaged: 0, unit_bytes: 60_000, cpu_ns: 1e5, handed_to_whole_ms: [1] },
};

t.test('why less came than was asked for', async (t) => {
  t.same(whyLess(sent, received), []);
  t.match(whyLess({ ...sent, passed_over: 1 }, received), [/sender was full/]);
  t.match(whyLess({ ...sent, cut_short: 1 }, { ...received, kernel_drops: 1 }), [/socket stayed full/, /rmem_max/]);
  t.match(whyLess(sent, { ...received, datagrams: 99 }), [/lost on the way/]);
  t.match(whyLess(sent, { ...received, datagrams: 50, kernel_drops: 2 }), [/rmem_max/]);
});

t.test('both ends here: what was handed over came, or is counted as lost', async (t) => {
  const { code, out, err } = await throughput('--gbps', '0.01,0.1', '--max-loss', '100');
  t.equal(code, exits.passed, err);
  const { cases, notes } = parseReport(out, 'it');
  t.same(
    cases.map(({ name }) => name),
    ['0.01 Gbit/s', '0.1 Gbit/s', 'over the rates'],
  );
  t.match(notes.join(' '), /share its cores/);
  const [slow, fast, rates] = cases;
  for (const one of [slow, fast]) {
    const handed = count(one, 'pictures handed over');
    const whole = one?.series[0]?.summary.count ?? 0;
    t.ok(handed > 0 && whole > 0);
    t.equal(count(one, 'pictures lost'), handed - whole);
    t.ok(
      one?.series[0]?.values.every((ms) => ms > 0),
      'nothing is whole before it is handed over',
    );
    t.ok(count(one, 'datagrams that did not arrive') >= 0);
    t.ok(count(one, 'CPU a datagram, sender') > count(one, 'of that FEC and AES-GCM'));
    t.ok(count(one, 'CPU a datagram, receiver') > 0);
    // Parity, headers and seals are on the wire alone.
    t.ok(count(one, 'delivered, on the wire') > 1.15 * count(one, 'delivered, whole pictures'));
  }
  t.ok(count(fast, 'datagrams sent') > 2 * count(slow, 'datagrams sent'), 'ten times the rate, and a slow machine');
  t.same(
    rates?.curves.map(({ points }) => points.map(([x]) => x)),
    Array.from({ length: 3 }, () => [0.01, 0.1]),
  );
});

t.test('limits are held', async (t) => {
  const { code, err } = await throughput('--max-p95-ms', '0.00001');
  t.equal(code, exits.failed);
  t.match(err, /0\.01 Gbit\/s: handed over to whole, p95: .* --max-p95-ms is 0\.00001/);
});

/** The sender, which waits for whoever connects to this port. */
async function sender(more: string[] = []) {
  const port = await freeBasePort();
  const child = startChild([process.execPath, main, ...words, '--to', '127.0.0.1', '--port', `${port}`, ...more]);
  const [out, exit] = [text(child.stdout), once(child, 'exit')];
  await once(child.stderr, 'data'); // it waits
  const ended = Promise.all([out, exit]).then(([json, [code]]) => ({
    code: Number(code),
    report: parseReport(json, 'it'),
  }));
  return { port, ended };
}

t.test('the other end on another machine, whose clock is not ours', async (t) => {
  const { port, ended } = await sender();
  const there = await runChild([process.execPath, main, 'throughput', 'receive', '127.0.0.1', `${port}`]);
  t.equal(there.code, exits.passed, there.err);
  t.match(there.out, /^\d\.\d\d Gbit\/s\n$/);
  const { code, report } = await ended;
  t.equal(code, exits.passed, report.verdict.text);
  t.ok(count(report.cases[0], 'delivered, on the wire') > 0);
  t.same(report.cases[0]?.series, [], 'no latency between two clocks');
});

t.test('another end that says nonsense, or leaves', async (t) => {
  for (const [answer, sentence] of [
    ['{"seconds":-1}\n', /does not say what came/],
    ['nonsense\n', /does not say what came/],
    [undefined, /is gone/],
  ] as const) {
    const { port, ended } = await sender(['--budget-s', '60']);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'data'); // what there is to do
    if (answer === undefined) socket.destroy();
    else socket.write(answer);
    const { code, report } = await ended;
    t.equal(code, exits.not_measured);
    t.match(report.verdict.text, sentence);
    socket.destroy();
  }
});

t.test('words that make no sense, and what cannot be measured', async (t) => {
  const cases: [words: string[], code: number, sentence: RegExp][] = [
    [['--gbps', '1,fast'], exits.usage, /--gbps wants numbers from 0\.001 to 400, or max, .* not "fast"/],
    [['--gbps', '0'], exits.usage, /not "0"/],
    [['--to', 'host'], exits.usage, /--to wants an IPv4 address, not "host"/],
    [['send'], exits.usage, /throughput takes no "send"/],
    [['receive'], exits.usage, /wants the sender's IPv4 address, not ""/],
    [['receive', '127.0.0.1', '0'], exits.usage, /one TCP port/],
    [['receive', '127.0.0.1', '1'], exits.not_measured, /127\.0\.0\.1 cannot be asked at TCP 1/],
    [['--to', '127.0.0.1', '--budget-s', '1'], exits.cut_short, /time budget/],
  ];
  for (const [given, code, sentence] of cases) {
    const ended = await runChild([process.execPath, main, 'throughput', ...given]);
    t.equal(ended.code, code, given.join(' '));
    t.match(ended.err, sentence);
  }
});
