import { join } from 'node:path';
import t from 'tap';
import { runChild, startChild } from '../../src/test-children.ts';
import { eventually } from '../../src/test-eventually.ts';
import { folder } from '../../src/test-folder.ts';
import '../../src/test-limit.ts';
import { openPictureHost } from '../e2e/picture-host.ts';
import { exits } from '../exits.ts';
import { parseReport } from '../kit/report.ts';
import { random } from '../kit/statistics.ts';
import { type Fault, faults, sequence, whyNot } from './faults.ts';
import { growthOf, type Point } from './growth.ts';
import { enginesOf, familyOf } from './processes.ts';

const main = join(import.meta.dirname, '../main.ts');
const soak = [process.execPath, main, 'soak'];
const host = await openPictureHost(t);
const words = [
  '127.0.0.1',
  '--port',
  `${host.base_port}`,
  '--probe-dir',
  join(folder(t), 'probe'),
  '--host-pid',
  `${host.pid}`,
];

const nobody = 2 ** 22 + 1; // above every process id
const seeds = Array.from({ length: 20 }, (_, seed) => seed);

/** An hour, a sample each 10 s; `alike`: how much of a sample's noise the next one has. */
function hour(seed: number, alike: number, of: (minute: number) => number): Point[] {
  const next = random(seed);
  let noise = 0;
  return Array.from({ length: 360 }, (_, i) => {
    noise = alike * noise + (next() - 0.5) * 4;
    return [i / 6, of(i / 6) + noise];
  });
}
const judged = (points: Point[], seed = 1) => growthOf(points, seed)?.judged;

t.test('what grows is seen, and what stands or wavers is not', async (t) => {
  for (const alike of [0, 0.9]) {
    const all = (of: (minute: number) => number) => seeds.map((seed) => judged(hour(seed, alike, of), seed));
    t.ok(
      all((minute) => 100 + minute / 3).every((one) => one === 'growing'),
      `20 MB in an hour, alike ${alike}`,
    );
    t.ok(
      all(() => 100).every((one) => one === 'flat'),
      `flat, alike ${alike}`,
    );
    t.ok(
      all((minute) => 100 + (minute % 5) * 4).every((one) => one !== 'growing'),
      'a sawtooth',
    );
    t.ok(
      all((minute) => 100 - minute / 3).every((one) => one === 'flat'),
      'what is given back',
    );
    t.ok(
      all((minute) => (minute < 12 ? 60 + minute * 3 : 96)).every((one) => one === 'flat'),
      'what is filled once',
    );
    t.ok(
      all((minute) => 100 + minute / 60).every((one) => one === 'flat'),
      'surely, and too little to matter',
    );
  }
  const growth = growthOf(
    hour(1, 0, (minute) => 100 + minute / 3),
    1,
  );
  t.ok(growth && growth.between[0] < 1 / 3 && growth.between[1] > 1 / 3 && Math.abs(growth.slope - 1 / 3) < 0.03);
});

t.test('what wavers so much that it may have grown is not told as flat', async (t) => {
  const noisy = (seed: number) => {
    const next = random(seed);
    return hour(seed, 0.9, () => 100 + 200 * next() * next());
  };
  const words = seeds.map((seed) => judged(noisy(seed), seed));
  t.ok(words.filter((word) => word === 'unsure').length > seeds.length / 2, `${words}`);
});

t.test('of too little nothing is said', async (t) => {
  const grows = hour(1, 0, (minute) => 100 + minute);
  t.equal(judged(grows.slice(0, 70)), undefined, 'too short');
  t.equal(judged(grows.filter((_, i) => i % 6 === 0)), undefined, 'too few');
  t.equal(judged([]), undefined);
});

t.test('a family of processes is the one and all below it', async (t) => {
  // A process that has just begun holds nothing yet.
  const family = await eventually('its engines, as they hold something', () => {
    const now = familyOf(host.pid);
    const held = now.every((one) => one.memory_mb > 0 && one.descriptors >= 3 && one.threads > 1);
    return held && enginesOf(now).length > 0 && now;
  });
  t.equal(family[0]?.pid, host.pid);
  t.ok(familyOf(process.pid).length > family.length, 'it is one of ours');
  t.same(familyOf(nobody), []);
});

t.test('faults come as the seed says', async (t) => {
  const some = (seed: number, of = faults as readonly (typeof faults)[number][]) =>
    Array.from(
      { length: 40 },
      (
        (all) => () =>
          all.next().value
      )(sequence(seed, of)),
    );
  t.same(some(3), some(3));
  t.notSame(some(3), some(4));
  t.same(new Set(some(3)), new Set(faults));
  t.same([...sequence(1, [])], []);
  const possible = (of: readonly Fault[], host_pid?: number, no_relay?: string) =>
    of.filter((fault) => whyNot(fault, { host_pid, no_relay }) === undefined);
  t.same(possible(faults), ['leave', 'vanish', 'loss', 'burst'], 'nothing is killed on another machine');
  t.same(possible(['engine', 'sound', 'sound-kill'], nobody), [], 'nor what is not there');
  t.same(possible(['vanish', 'burst'], nobody, 'The port is taken.'), [], 'nor is a link spoilt that is not ours');
});

t.test('a stream goes on over faults, and what the host holds is told', async (t) => {
  const measured = runChild([...soak, ...words, '--pin', '1234', '--minutes', '0.9', '--fault-every-s', '6', '--json']);
  await host.event('pairing_waiting');
  await host.command('pair', '1234');
  const { out, code, err } = await measured;
  t.equal(code, exits.passed, err);
  const { cases, notes } = parseReport(out, 'it');
  const [one] = cases;
  t.equal(cases.length, 1);
  const count = (name: string) => one?.counts.find((counted) => counted.name === name)?.value ?? 0;
  t.ok(count('faults: engine') > 0 && count('frames') > 100);
  t.equal(count('faults: sound'), 0);
  t.same(
    one?.counts.filter(({ name }) => name.includes('not seen')),
    [],
  );
  // Whoever leaves when the time is nearly up does not come back.
  const left = count('faults: leave') + count('faults: vanish') + count('faults: loss');
  t.ok(left > 0 && count('sessions') > 1 && count('sessions') >= left, `${left} left, ${count('sessions')} sessions`);
  t.match(
    notes.join(' '),
    /No fault of this kind: sound\. .*sound-kill\. .*Whether anything grows cannot be said of so short a run/,
  );
  const curves = new Map(one?.curves.map(({ name, points }) => [name, points.map(([, value]) => value)]));
  t.equal(curves.size, 6);
  const [all, alone] = ['memory of all its processes', 'memory of the host'].map((name) => curves.get(name) ?? []);
  t.ok(alone && alone.length > 5 && alone.every((mb, i) => mb > 10 && (all?.[i] ?? 0) > mb), 'engines are among all');
  t.ok(one?.series.find(({ name }) => name === 'painted to decoded')?.values.every((ms) => ms > 0));
});

t.test('a host that goes away fails, with when', async (t) => {
  const child = startChild([...soak, ...words, '--minutes', '10', '--json']);
  const out: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => out.push(part));
  let err = '';
  child.stderr.on('data', (part: Buffer) => {
    err += part.toString();
  });
  const exit = new Promise((done) => child.once('close', done));
  await eventually('the stream', () => /of 10 minutes/.test(err));
  await host.stop();
  t.equal(await exit, exits.failed);
  const { verdict } = parseReport(Buffer.concat(out).toString(), 'it');
  t.match(
    verdict.text,
    /After \d+\.\d minutes: (the stream ended by itself|process \d+ of the host is gone|the host does not)/,
  );
});

t.test('words that make no sense, and what cannot be measured', async (t) => {
  const cases: [words: string[], code: number, sentence: RegExp][] = [
    [['a', 'b'], exits.usage, /soak takes one host/],
    [['--pin', '1234'], exits.usage, /--pin and --host-pid are of a HOST/],
    [['127.0.0.1', '--pin', '1'], exits.usage, /four digits/],
    [['--minutes', '0'], exits.usage, /--minutes wants a number/],
    [['--faults', 'leave,fire'], exits.usage, /--faults wants some of leave, .* not "fire"/],
    [['127.0.0.1', '--port', '1', '--probe-dir', folder(t)], exits.not_measured, /127\.0\.0\.1/],
  ];
  for (const [given, code, sentence] of cases) {
    const ended = await runChild([...soak, ...given]);
    t.equal(ended.code, code, given.join(' '));
    t.match(ended.err, sentence);
  }
});
