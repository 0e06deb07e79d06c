// The command against a host of our own with a test picture: what was put on the link is what is told.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runChild } from '../../src/test-children.ts';
import { freeBasePort } from '../../src/test-ports.ts';
import { openPictureHost } from '../e2e/picture-host.ts';
import { type Case, parseReport } from '../kit/report.ts';
import { linksFor, randomLossOf, troubles } from './links.ts';

const main = join(import.meta.dirname, '../main.ts');
const kit = (...words: string[]) => runChild([process.execPath, main, 'loss-live', ...words]);

t.test('words that make no sense, and no host', async (t) => {
  const nobody = `${await freeBasePort()}`;
  for (const [words, code, said] of [
    [[], 2, /^loss-live takes one host\./],
    [['a', '--pin', '12'], 2, /^--pin wants four digits, not "12"\./],
    [['127.0.0.1', '--listen', '127.0.0.1'], 9, /^The host is at 127\.0\.0\.1 itself/],
    [['127.0.0.1', '--port', nobody], 9, /^There is no stream to measure: /],
    [
      ['127.0.0.1', '--port', nobody, '--links', 'loss=1%; mars;'],
      9,
      /^There is no scenario "mars": impair --list shows those there are\.$/,
    ],
    [['127.0.0.1', '--port', nobody, '--links', 'loss=1'], 9, /^loss takes a share from 0% to 100%, not "1"\.$/],
  ] as const) {
    const { code: ended, err } = await kit(...words);
    t.equal(ended, code, words.join(' '));
    t.match(err.split('\n').findLast((line) => line !== '') ?? '', said);
  }
});

t.test('the links are each of their own, and those that lose at random alone make a curve', async (t) => {
  const links = linksFor(10_000);
  t.equal(new Set(links).size, links.length);
  t.same(
    links.map(randomLossOf).filter((loss) => loss !== undefined),
    [0, 1, 2, 5, 10],
  );
  t.ok(links.includes('rate=9000kbit queue=100ms'));
  t.equal(troubles.length, 3);
});

const count = ({ counts }: Case, name: string): number => {
  const found = counts.find((one) => one.name === name);
  if (!found) throw new Error(`there is no "${name}"`);
  return found.value;
};

t.test('a stream over links that lose', async (t) => {
  const host = await openPictureHost(t);
  const out = join(host.folder, 'report.json');
  const probe_dir = join(host.folder, 'probe');
  const where = ['127.0.0.1', '--port', `${host.base_port}`, '--probe-dir', probe_dir];
  const what = ['--width', '640', '--height', '360', '--fps', '30', '--bitrate-kbps', '4000', '--seconds', '3'];
  const links = ['clean', 'loss=5%', 'loss=100%', 'delay=20ms'];
  const unpaired = await kit(...where, ...what);
  t.equal(unpaired.code, 9);
  t.match(unpaired.err, /The probe is not paired with .*\. Pair it: /);

  const measuring = kit(...where, '--pin', '1234', ...what, '--links', links.join('; '), '--rounds', '1', '--out', out);
  await host.event('pairing_waiting');
  await host.api('POST', '/pairing/approve', { pin: '1234', name: 'probe' });
  const { code, err } = await measuring;
  t.equal(code, 0, err);
  const report = parseReport(readFileSync(out, 'utf8'), out);
  t.match(report.clock.how, /this machine alone/);
  t.same(
    report.cases.map(({ name }) => name),
    [...links, 'random loss', ...troubles.map(({ name }) => name)],
  );
  const [clean, lossy, dead, delayed] = report.cases as [Case, Case, Case, Case];
  t.ok(count(clean, 'frames that came') > 0);
  t.equal(count(clean, 'of them lost on the link'), 0);
  t.equal(count(delayed, 'of them lost on the link'), 0);

  const [sent, lost] = [count(lossy, 'datagrams to the client'), count(lossy, 'of them lost on the link')];
  // Five standard deviations of a binomial: by chance one run in a million is beyond.
  t.ok(Math.abs(lost - sent * 0.05) <= 5 * Math.sqrt(sent * 0.05 * 0.95), `${lost} of ${sent} datagrams were lost`);
  t.ok(count(lossy, 'frames repaired') > 0);
  t.ok(count(dead, 'of them lost on the link') > 0.5 * count(dead, 'datagrams to the client'));
  t.ok(count(dead, 'frames that came') < 0.2 * count(clean, 'frames that came'), 'those that were on their way');
  t.ok(count(dead, 'frozen') >= 2500, 'nearly all of the three seconds');
  t.ok(count(dead, 'IDRs asked for') >= 1);
  const points = report.cases[links.length]?.curves[0]?.points ?? [];
  t.same(
    points.map(([x]) => x),
    [0, 5, 100],
  );
  t.ok((points.at(-1)?.[1] ?? 0) > 80);
  for (const { name, series } of report.cases.slice(links.length + 1)) {
    t.equal(series[0]?.name, 'recovery', name);
    t.equal(series[0]?.summary.count, 1);
  }

  const limited = await kit(
    ...where,
    ...what,
    '--links',
    'wifi; loss=100%',
    '--rounds',
    '0',
    '--max-loss',
    '50',
    '--json',
  );
  t.equal(limited.code, 1, limited.err);
  t.match(limited.err, /Failed: frames lost over loss=100%: /);
  const { cases } = parseReport(limited.out, 'standard output');
  t.same(
    cases.map(({ name }) => name),
    ['wifi', 'loss=100%'],
  );
});
