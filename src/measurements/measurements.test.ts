import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { Check } from 'typebox/schema';
import { HostEvents, type MeasurementEvent } from '../events.ts';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { test_session } from '../test-report.ts';
import { type MeasurementDetail, MeasurementEntry } from './format.ts';
import { library_limits, MeasurementLibrary } from './library.ts';
import { Measurements } from './measurements.ts';

const stand_in = join(import.meta.dirname, 'test-kit.ts');
/** The stand-ins of a manner that are there: another test's have others. */
const left = (manner: string): string =>
  execFileSync('sh', ['-c', 'pgrep -f "$1" | grep -v "^$$\\$" || :', 'sh', `${stand_in} ${manner}`], {
    encoding: 'utf8',
  });

interface Rig {
  directory: string;
  events: HostEvents;
  told: MeasurementEvent[];
  logged: string[];
  library: MeasurementLibrary;
  measurements: Measurements;
}

function rig(
  t: Test,
  manner: string,
  whoStreams: () => string | undefined = () => undefined,
  limits = library_limits,
): Rig {
  const directory = join(folder(t), 'measurements');
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
  const events = new HostEvents(log);
  const told: MeasurementEvent[] = [];
  events.subscribe((event) => {
    if (event.type === 'measurement') told.push(event);
  });
  const library = new MeasurementLibrary(directory, limits);
  const command = manner.includes(' ') ? ['sh', '-c', manner] : [process.execPath, stand_in, manner];
  const measurements = new Measurements({ events, log, version: '0.1.0', library, whoStreams, command, pause_ms: 0 });
  t.teardown(() => measurements.close());
  return { directory, events, told, logged, library, measurements };
}

/** When it is over. */
const ended = ({ measurements }: Rig, id: string): Promise<MeasurementDetail> =>
  eventually('the end', async () => {
    const found = await measurements.read(id);
    return found.state !== 'running' && found;
  });
const hangs = ({ told }: Rig) =>
  eventually('a kit that is at work', () =>
    told.some((event) => event.step === 'progress' && event.detail === 'it hangs'),
  );

t.test('each part after the other, and what came of them is kept', async (t) => {
  const one = rig(t, 'quick');
  const { id, state, parts } = one.measurements.start(['latency', 'encode'], { max_p95_ms: 20, min_fps: 30 });
  t.equal(state, 'running');
  t.same(
    parts.map(({ name, state }) => [name, state]),
    [
      ['latency', 'running'],
      ['encode', 'waiting'],
    ],
  );
  t.throws(() => one.measurements.start(['latency'], {}), { code: 'MEASUREMENT_RUNNING' }, 'a second browser');
  t.match(await one.measurements.list(), [{ id, state: 'running' }]);
  const detail = await ended(one, id);
  t.match(detail, { state: 'done', reason: '', has_page: true, limits: { max_p95_ms: 20 } });
  t.match(detail.parts, [
    { name: 'latency', state: 'passed', detail: 'It passed.' },
    { name: 'encode', state: 'passed' },
  ]);
  t.match(detail.reports[0], {
    part: 'latency',
    notes: ['A note.'],
    cases: [{ series: [{ name: 'painted to decoded', p50: 9.5, max: 20 }], counts: [{ value: 600, unit: '' }] }],
  });
  t.match(await one.library.list(), [{ id, state: 'done' }], 'on the disk');
  const lines = `${await one.measurements.file(id, 'ndjson')}`.trim().split('\n');
  t.equal(lines.length, 3);
  t.match(JSON.parse(lines[1] ?? ''), {
    part: 'latency',
    report: {
      command: /--max-p95-ms 20 --min-fps 30 --budget-s 90 --json$/,
      cases: [{ series: [{ values: [9, 10] }] }],
    },
  });
  t.match(JSON.parse(lines[2] ?? ''), { report: { command: /^encode (?!.*max-p95)/ } }, 'a limit is of one part');
  t.equal(`${await one.measurements.file(id, 'html')}`, '<!doctype html>2 reports');
  t.same([...new Set(one.told.map(({ step }) => step))], ['began', 'progress', 'ended']);
  await one.measurements.remove(id);
  t.same(await one.measurements.list(), []);
  t.same(readdirSync(one.directory), []);
  await t.rejects(one.measurements.file(id, 'html'), { code: 'MEASUREMENT_UNKNOWN' });
});

t.test('who begins to stream ends it, and no measurement begins beside a stream', async (t) => {
  let streams: string | undefined;
  const one = rig(t, 'hangs', () => streams);
  const { id } = one.measurements.start(['latency', 'capture'], {});
  await hangs(one);
  one.events.tell({ type: 'session', step: 'launched', session: test_session });
  const detail = await ended(one, id);
  t.match(detail, { state: 'cut_short', reason: `${test_session.client.name} began to stream.` });
  t.match(detail.parts, [
    { name: 'latency', state: 'cut_short', detail: '' },
    { name: 'capture', state: 'left_out' },
  ]);
  t.equal(detail.reports.length, 1, 'what there was of it is kept');
  streams = 'Tablet streams';
  t.throws(() => one.measurements.start(['latency'], {}), {
    code: 'MEASURING_WHILE_STREAMED',
    message: /^Tablet streams: /,
  });
});

t.test('it is cancelled, and the host ends, also where the kit does not listen', async (t) => {
  const one = rig(t, 'stubborn');
  const first = one.measurements.start(['latency'], {});
  await hangs(one);
  await t.rejects(one.measurements.cancel('20260101T000000Z-00000000'), { code: 'MEASUREMENT_UNKNOWN' });
  await t.rejects(one.measurements.remove(first.id), { code: 'MEASUREMENT_RUNNING' });
  t.match(await one.measurements.cancel(first.id), { state: 'cut_short', reason: 'It was cancelled.' });
  t.match((await one.library.read(first.id)).parts, [{ state: 'cut_short' }]);
  await t.rejects(one.measurements.cancel(first.id), { code: 'MEASUREMENT_UNKNOWN' }, 'it is over');
  one.told.length = 0;
  const second = one.measurements.start(['throughput'], {});
  await hangs(one);
  await one.measurements.close();
  t.match(await one.library.read(second.id), { state: 'cut_short', reason: 'The host stopped.' });
  t.equal(left('stubborn'), '', 'no kit is left behind');
});

t.test('a kit that leaves no report says how it ended', async (t) => {
  for (const [manner, how] of [
    ['dies', /no report: it died of SIGKILL: latency goes on\.$/],
    ['babbles', /no report: it ended with 0: latency goes on\.$/],
    ['floods', /no report: it ended with 0/],
    // Two that it leaves behind have its standard error: one of its group, and one that nobody can end with it.
    ['sleep 1000 & setsid sleep 20 & kill -9 $$', /no report: it died of SIGKILL\.$/],
    ['newer', /^The report is none that this host reads, the kit has to be of its version: it ended with 0/],
  ] as const) {
    const one = rig(t, manner);
    const detail = await ended(one, one.measurements.start(['latency'], {}).id);
    t.match(detail, { state: 'done', has_page: false, parts: [{ state: 'failed', detail: how }], reports: [] }, manner);
  }
  const failed = rig(t, 'fails');
  t.match(await ended(failed, failed.measurements.start(['latency'], {}).id), {
    parts: [{ state: 'failed', detail: 'It failed.' }],
    reports: [{ part: 'latency' }],
  });
});

t.test('a kit that has no place to work in did not measure, and says why', async (t) => {
  const one = rig(t, 'quick');
  const absent = join(folder(t), 'absent');
  const { TMPDIR } = process.env;
  t.teardown(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  process.env.TMPDIR = absent;
  const { id } = one.measurements.start(['latency', 'encode'], {});
  const detail = await ended(one, id);
  t.match(detail, { state: 'done', reason: '', reports: [] });
  const part = { state: 'failed', detail: 'The kit left no report: no such file or directory.' };
  t.match(detail.parts, [part, part]);
  t.match(await one.library.list(), [{ id, state: 'done' }], 'it is kept');
});

t.test('what cannot be kept is shown until the host ends', async (t) => {
  const one = rig(t, 'quick');
  writeFileSync(one.directory, 'in the way');
  const { id } = one.measurements.start(['latency'], {});
  const detail = await ended(one, id);
  t.match(detail, { state: 'done', reason: /^It could not be kept: /, reports: [{ part: 'latency' }] });
  t.match(await one.measurements.list(), [{ id, state: 'done' }]);
  t.match(one.logged.join('\n'), /measurements/);
  await t.rejects(one.measurements.file(id, 'ndjson'), { code: 'MEASUREMENT_UNKNOWN' });
  await one.measurements.remove(id);
  t.same(await one.measurements.list(), []);
});

t.test('a page that a full disk cut off is none', async (t) => {
  const one = rig(t, 'full_disk');
  const detail = await ended(one, one.measurements.start(['latency'], {}).id);
  t.match(detail, { state: 'done', has_page: false, reports: [{ part: 'latency' }] });
});

t.test('one begin after the other', async (t) => {
  const log = pino({ level: 'silent' });
  const library = new MeasurementLibrary(join(folder(t), 'measurements'));
  const parts = { events: new HostEvents(log), log, version: '0.1.0', library, whoStreams: () => undefined };
  const measurements = new Measurements({
    ...parts,
    command: [process.execPath, stand_in, 'quick'],
    pause_ms: 3_600_000,
  });
  t.teardown(() => measurements.close());
  const { id } = measurements.start(['latency'], {});
  await eventually('its end', async () => (await measurements.read(id)).state === 'done');
  t.throws(() => measurements.start(['latency'], {}), { code: 'MEASURED_TOO_SOON' });
});

t.test('files are outside bytes', async (t) => {
  const one = rig(t, 'quick');
  const { id } = one.measurements.start(['latency'], {});
  await ended(one, id);
  await one.measurements.close();
  const path = (name: string) => join(one.directory, name);
  const whole = readFileSync(path(`${id}.ndjson`));
  const secret = path('secret');
  writeFileSync(secret, 'SECRET');
  mkdirSync(path('20260102T000000Z-00000001.ndjson'));
  symlinkSync(secret, path('20260102T000000Z-00000002.ndjson'));
  execFileSync('mkfifo', [path('20260102T000000Z-00000003.ndjson')]);
  writeFileSync(path('20260102T000000Z-00000004.ndjson'), 'no line of ours');
  writeFileSync(path('20260102T000000Z-00000005.ndjson'), whole);
  truncateSync(path('20260102T000000Z-00000005.ndjson'), whole.length - 100);
  symlinkSync(secret, path('20260102T000000Z-00000005.html'));
  const [head = ''] = `${whole}`.split('\n');
  writeFileSync(path('20260102T000000Z-00000006.ndjson'), head.replace('"done"', '"running"'));
  writeFileSync(path('20260102T000000Z-00000007.ndjson'), head.replace(/"started_at":"[^"]*/, '"started_at":"noon'));
  const list = await one.library.list();
  t.ok(list.every((entry) => Check(MeasurementEntry, entry)));
  t.same(
    list.map(({ id, state, has_page }) => [id.slice(-8), state, has_page]),
    [
      [id.slice(-8), 'done', true],
      ['00000007', 'damaged', false],
      ['00000006', 'damaged', false],
      ['00000005', 'done', false],
      ['00000004', 'damaged', false],
    ],
  );
  t.same((await one.library.read('20260102T000000Z-00000005')).reports, [], 'a report that is cut off is left out');
  t.same((await one.library.read('20260102T000000Z-00000004')).reports, []);
  for (const [name, kind] of [
    ['20260102T000000Z-00000002', 'ndjson'],
    ['20260102T000000Z-00000005', 'html'],
    ['../measurements/secret', 'ndjson'],
  ] as const)
    await t.rejects(one.library.file(name, kind), { code: 'MEASUREMENT_UNKNOWN' }, name);
  await t.rejects(one.library.remove('20260102T000000Z-00000002'), { code: 'MEASUREMENT_UNKNOWN' });
});

t.test('the oldest go first', async (t) => {
  const directory = join(folder(t), 'measurements');
  mkdirSync(directory);
  const library = new MeasurementLibrary(directory, { count: 2, age_ms: 1000 });
  for (const name of ['1', '2', '3', '4']) {
    const id = `2026010${name}T000000Z-00000000`;
    for (const kind of ['ndjson', 'html']) writeFileSync(join(directory, `${id}.${kind}`), '');
  }
  writeFileSync(join(directory, 'notes.txt'), 'of somebody else');
  writeFileSync(join(directory, '20260105T000000Z-00000000.html.1.tmp'), 'a half');
  t.equal((await library.list()).length, 2, 'nobody waits for what is not kept');
  utimesSync(join(directory, '20260104T000000Z-00000000.ndjson'), 0, 0);
  await library.tidy();
  t.same(readdirSync(directory).sort(), [
    '20260103T000000Z-00000000.html',
    '20260103T000000Z-00000000.ndjson',
    'notes.txt',
  ]);
});
