import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { mock } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { Check } from 'typebox/schema';
import { latency_edges_us } from '../contract/statistics.ts';
import { HostEvents } from '../events.ts';
import { eventually } from '../test-eventually.ts';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { test_session, test_video, testReport } from '../test-report.ts';
import { figuresOf, secondOf, thinned } from './format.ts';
import { Library, library_limits, RecordingDetail, RecordingEntry } from './library.ts';
import { openRecordings } from './open-recordings.ts';
import { quantileOf } from './quantile.ts';
import { Recorder, recording_limits } from './recorder.ts';

interface Rig {
  directory: string;
  events: HostEvents;
  library: Library;
  recorder: Recorder;
  logged: string[];
}

function rig(t: Test, limits: Partial<typeof recording_limits & typeof library_limits> = {}, path?: string): Rig {
  const directory = join(folder(t), 'recordings');
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line).msg) });
  const events = new HostEvents(log);
  const library: Library = new Library({
    directory,
    isRunning: (id) => recorder.isRunning(id),
    onRemoved: () => {},
    limits: { ...library_limits, ...limits },
  });
  const recorder = new Recorder({
    events,
    log,
    version: '0.1.0',
    pathFor: path === undefined ? library.pathFor.bind(library) : async () => path,
    onEnd: () => library.tidy(),
    limits: { ...recording_limits, ...limits },
  });
  return { directory, events, library, recorder, logged };
}

function stream({ events }: Rig, id: string, seconds: number): void {
  const session = { ...test_session, id };
  events.tell({ type: 'session', step: 'streaming', session, video: test_video });
  for (let count = 1; count <= seconds; count++) {
    const control = { ...testReport().statistics.control, frames_lost: Math.min(count, 4), frames_repaired: 7 };
    const network = { control, datagrams_sent: 80, parity_datagrams: 20 };
    events.reports.tell(testReport({ session, total_ms: count, ...network }));
  }
}

function end({ events }: Rig, id: string, reason = 'the client left'): void {
  events.tell({ type: 'session', step: 'ended', session: { ...test_session, id }, reason });
}

/** As an engine counts. */
function counted(times_us: readonly number[]): number[] {
  const counts = Array.from({ length: latency_edges_us.length + 1 }, () => 0);
  for (const time of times_us) {
    const place = latency_edges_us.findIndex((edge_us) => time <= edge_us);
    const index = place < 0 ? latency_edges_us.length : place;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

const id = '0123456789ab';

t.test('a stream is recorded while it is on, and told with its figures when it has ended', async (t) => {
  const one = rig(t, { seconds_at_once: 2 });
  const { library, recorder, events, directory } = one;
  t.same(await library.list(), [], 'before there is a directory');
  stream(one, id, 5);
  const [running] = await eventually('the first seconds', async () => {
    const list = await library.list();
    return (list[0]?.size_bytes ?? 0) > 1000 && list;
  });
  t.match(running, { state: 'running', session: test_session, video: test_video, reason: null });
  await t.rejects(library.remove(running?.id ?? ''), { code: 'RECORDING_RUNNING' });
  events.tell({ type: 'session', step: 'streaming', session: test_session, video: test_video }); // another engine
  end(one, id);
  await recorder.close();
  const list = await library.list();
  t.equal(list.length, 1);
  t.match(list[0], {
    id: running?.id,
    state: 'whole',
    reason: 'the client left',
    figures: {
      seconds: 5,
      latency_p50_us: 2500,
      latency_p95_us: 5500,
      latency_p99_us: 5900,
      latency_worst_p95_us: 10_000,
      lost: 4,
      repaired: 7,
      parity: 0.25,
    },
  });
  for (const entry of list) t.ok(Check(RecordingEntry, entry));
  const detail = await library.read(running?.id ?? '');
  t.ok(Check(RecordingDetail, detail));
  t.same(
    detail.seconds.map(({ latency }) => latency.total.p50_us),
    [1000, 2000, 3000, 4000, 5000],
  );
  const lines = (await text(await library.file(detail.id))).trimEnd().split('\n');
  t.equal(lines.length, 7, 'head, seconds, tail');
  await library.remove(detail.id);
  t.same(readdirSync(directory), []);
  await t.rejects(library.remove(detail.id), { code: 'RECORDING_UNKNOWN' });
  await t.rejects(library.read(detail.id), { code: 'RECORDING_UNKNOWN' });
  await t.rejects(library.file(detail.id), { code: 'RECORDING_UNKNOWN' });
});

t.test('a stream that never began, and one that is unknown, leave nothing', async (t) => {
  const one = rig(t);
  one.events.reports.tell(testReport());
  end(one, id);
  await one.recorder.close();
  t.notOk(existsSync(one.directory));
});

t.test('a full disk ends the recording with a sentence, once, and nothing else', async (t) => {
  const one = rig(t, { seconds_at_once: 1 }, '/dev/full');
  stream(one, id, 5);
  end(one, id);
  await one.recorder.close();
  t.match(one.logged, [/no longer recorded: the disk is full.*stream itself goes on/]);
  t.equal(one.logged.length, 1);
});

t.test('a directory that cannot be made is told the same way', async (t) => {
  const one = rig(t);
  writeFileSync(one.directory, 'a file');
  stream(one, id, 1);
  end(one, id);
  await one.recorder.close();
  t.match(one.logged, [/no longer recorded: /]);
  t.equal(one.logged.length, 1);
  t.same(await one.library.list(), []);
});

t.test('a recording has an end, the stream goes on', async (t) => {
  const one = rig(t, { bytes: 3_000, seconds_at_once: 1 });
  stream(one, id, 50);
  end(one, id);
  await one.recorder.close();
  const [entry] = await one.library.list();
  t.match(entry, { state: 'whole', figures: {} });
  t.ok((entry?.figures?.seconds ?? 99) < 20);
  t.match(one.logged, [/full length/]);
  t.equal(one.logged.length, 1);
});

t.test('old ones go, the oldest first, and never one of a stream that is on', async (t) => {
  const one = rig(t, { count: 2 });
  const { library, directory } = one;
  mkdirSync(directory);
  const names = ['20250101T000000Z', '20250102T000000Z', '20250103T000000Z'].map((moment) => `${moment}-${id}`);
  for (const name of names) writeFileSync(join(directory, `${name}.ndjson`), '{}\n');
  writeFileSync(join(directory, 'somebody-elses.txt'), '');
  await library.tidy();
  t.same(readdirSync(directory).sort(), [`${names[1]}.ndjson`, `${names[2]}.ndjson`, 'somebody-elses.txt']);
  const old = new Date(Date.now() - library_limits.age_ms - 1000);
  utimesSync(join(directory, `${names[2]}.ndjson`), old, old);
  await library.tidy();
  t.same(readdirSync(directory).sort(), [`${names[1]}.ndjson`, 'somebody-elses.txt']);

  const tight = rig(t, { bytes: 10, seconds_at_once: 1 });
  stream(tight, id, 1);
  await eventually('the file', async () => (await tight.library.list()).length === 1);
  await tight.library.tidy();
  t.equal((await tight.library.list()).length, 1);
  end(tight, id);
  await tight.recorder.close();
});

t.test('what a host left when it was killed is cut, what is damaged is said, and the others are fine', async (t) => {
  const one = rig(t, { seconds_at_once: 1 });
  stream(one, id, 3);
  end(one, id);
  await one.recorder.close();
  const [whole] = await one.library.list();
  const path = (name: string) => join(one.directory, `${name}.ndjson`);
  const lines = readFileSync(path(whole?.id ?? ''), 'utf8').split('\n');
  const cut = `20250101T000000Z-${id}`;
  writeFileSync(path(cut), `${lines.slice(0, 3).join('\n')}\n${lines[3]?.slice(0, 40)}`);
  const damaged = `20250102T000000Z-${id}`;
  writeFileSync(path(damaged), [lines[0], 'x'.repeat(100_000), ...lines.slice(1, 3), ''].join('\n'));
  const foreign = `20250103T000000Z-${id}`;
  writeFileSync(path(foreign), Buffer.alloc(50_000, 0xff));
  t.match(await one.library.list(), [
    { id: whole?.id, state: 'whole' },
    { id: foreign, state: 'damaged', figures: null },
    { id: damaged, state: 'damaged', figures: { seconds: 2 } },
    { id: cut, state: 'cut', reason: null, figures: { seconds: 2 } },
  ]);
  t.match(await one.library.read(damaged), { state: 'damaged', seconds: { length: 2 } });
  t.match(await one.library.read(foreign), { state: 'damaged', seconds: [] });
});

t.test(
  'what is no file is no recording, whatever its name: nobody waits for it, follows it or removes it',
  async (t) => {
    const { library, directory } = rig(t, { age_ms: -1 });
    mkdirSync(directory);
    const ids = [1, 2, 3, 4, 5].map((day) => `2025010${day}T000000Z-${id}`);
    const [folder_id = '', pipe = '', endless = '', circle = '', large = ''] = ids;
    const path = (name: string) => join(directory, `${name}.ndjson`);
    mkdirSync(path(folder_id));
    execFileSync('mkfifo', [path(pipe)]);
    symlinkSync('/dev/zero', path(endless));
    symlinkSync(path(circle), path(circle));
    writeFileSync(path(large), '');
    truncateSync(path(large), 2 ** 40); // of zeros, none of which has a place on the disk
    t.match(await library.list(), [{ id: large, state: 'damaged' }]);
    t.match(await library.read(large), { state: 'damaged', seconds: [] });
    for (const none of [folder_id, pipe, endless, circle]) {
      await t.rejects(library.read(none), { code: 'RECORDING_UNKNOWN' });
      await t.rejects(library.file(none), { code: 'RECORDING_UNKNOWN' });
      await t.rejects(library.remove(none), { code: 'RECORDING_UNKNOWN' });
    }
    await library.tidy();
    t.same(
      readdirSync(directory).sort(),
      [folder_id, pipe, endless, circle].map((name) => `${name}.ndjson`),
    );
  },
);

t.test('what has no end is read whole once, and again when it is another', async (t) => {
  const one = rig(t, { seconds_at_once: 1 });
  stream(one, id, 3);
  end(one, id);
  await one.recorder.close();
  const [whole] = await one.library.list();
  const path = join(one.directory, `${whole?.id}.ndjson`);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const day = new Date('2025-01-01T00:00:00Z');
  writeFileSync(path, `${lines.slice(0, -1).join('\n')}\n`);
  utimesSync(path, day, day);
  const [cut] = await one.library.list();
  t.match(cut, { state: 'cut', figures: { seconds: 3 } });
  writeFileSync(path, ' '.repeat(cut?.size_bytes ?? 0));
  utimesSync(path, day, day);
  t.same(await one.library.list(), [cut], 'it was not opened');
  utimesSync(path, day, new Date());
  t.match(await one.library.list(), [{ state: 'damaged' }]);
});

t.test('old ones go when a host starts, each day, and after a recording that failed', async (t) => {
  const data_dir = folder(t);
  const directory = join(data_dir, 'recordings');
  mkdirSync(directory);
  const path = join(directory, `20250101T000000Z-${id}.ndjson`);
  const putOld = () => {
    const old = new Date(Date.now() - library_limits.age_ms - 1000);
    writeFileSync(path, '{}\n');
    utimesSync(path, old, old);
  };
  const log = pino({ level: 'silent' });
  const events = new HostEvents(log);
  mock.timers.enable({ apis: ['setInterval'] });
  t.teardown(() => mock.timers.reset());
  putOld();
  const recordings = openRecordings(data_dir, '0.1.0', events, log);
  await eventually('a start', () => !existsSync(path));
  putOld();
  mock.timers.tick(24 * 3_600_000);
  await eventually('a day', () => !existsSync(path));
  await recordings.close();

  const failing = rig(t, { seconds_at_once: 1 }, '/dev/full');
  mkdirSync(failing.directory);
  const beside = join(failing.directory, '20250101T000000Z-ffffffffffff.ndjson');
  writeFileSync(beside, '{}\n');
  utimesSync(beside, new Date(0), new Date(0));
  stream(failing, id, 1);
  end(failing, id);
  await failing.recorder.close();
  t.notOk(existsSync(beside));
});

t.test('no name leads out of the directory', async (t) => {
  const { library } = rig(t);
  for (const name of ['../identity', '..', '', `20250101T000000Z-${id}/../../x`, `20250101T000000Z-${id}\n`, '\0']) {
    await t.rejects(library.read(name), { code: 'RECORDING_UNKNOWN' }, JSON.stringify(name));
    await t.rejects(library.remove(name), { code: 'RECORDING_UNKNOWN' }, JSON.stringify(name));
    await t.rejects(library.file(name), { code: 'RECORDING_UNKNOWN' }, JSON.stringify(name));
  }
});

t.test('whatever a file holds, it is told as an entry that is one', async (t) => {
  const { library, directory } = rig(t);
  mkdirSync(directory);
  const name = `20250101T000000Z-${id}`;
  const head = { recording: 1, started_at: 'x', host_version: '1', session: test_session, video: test_video };
  const second = secondOf(testReport(), 1);
  const line = fc.oneof(
    fc.constant(JSON.stringify(head)),
    fc.constant(JSON.stringify(second)),
    fc.constant(JSON.stringify({ ...second, latency: { ...second.latency, total: null } })),
    fc.constant(JSON.stringify({ ended_at: 'x', reason: 'y', figures: figuresOf([second], 1) })),
    fc.json(),
    fc.string({ unit: 'binary' }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n', '\0'), async (lines, between) => {
      writeFileSync(join(directory, `${name}.ndjson`), lines.join(between));
      const [entry] = await library.list();
      return Check(RecordingEntry, entry) && Check(RecordingDetail, await library.read(name));
    }),
    { numRuns: 100 },
  );
});

t.test('what a share of the pictures took is told between the edges where it is', async (t) => {
  t.equal(quantileOf([], 0.5, 0), null);
  t.equal(quantileOf(counted([]), 0.5, 0), null);
  t.equal(quantileOf(counted([9, 9, 9]), 0.5, 9), 5, 'none took longer than the slowest');
  t.equal(quantileOf(counted([300_000, 400_000]), 1, 400_000), 400_000, 'above all edges');
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 600_000 }), { minLength: 1 }),
      fc.constantFrom(0.5, 0.95, 0.99),
      (times_us, share) => {
        const sorted = times_us.sort((one, other) => one - other);
        const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
        const told = quantileOf(counted(sorted), share, sorted.at(-1) ?? 0) ?? -1;
        const from = latency_edges_us.findLast((edge_us) => edge_us < exact) ?? 0;
        const to = latency_edges_us.find((edge_us) => edge_us >= exact) ?? sorted.at(-1) ?? 0;
        return told >= from && told <= to && told <= (sorted.at(-1) ?? 0);
      },
    ),
  );
});

t.test('a long recording is thinned without losing its worst seconds', async (t) => {
  const seconds = Array.from({ length: 5000 }, (_, index) =>
    secondOf(testReport({ total_ms: index === 4321 ? 900 : 5, frames_sent: 60, frames_repeated: 0 }), index + 1),
  );
  const fewer = thinned(seconds, 1200);
  t.ok(fewer.length <= 1200 && fewer.length > 900);
  t.equal(Math.max(...fewer.map(({ latency }) => latency.total.p50_us)), 900_000);
  t.equal(
    fewer.reduce((sum, { sent }) => sum + sent, 0),
    5000 * 60,
  );
  t.equal(fewer.at(-1)?.at_s, 5000);
  t.same(thinned(seconds.slice(0, 10), 10), seconds.slice(0, 10));
});
