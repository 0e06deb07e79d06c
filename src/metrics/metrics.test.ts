import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import { HostEvents } from '../events.ts';
import { test_session, testReport } from '../test-report.ts';
import { expositionOf, type Readings } from './exposition.ts';
import { lintExposition, parseExposition } from './test-exposition.ts';
import { Totals } from './totals.ts';

const readings: Readings = {
  version: '0.1.0',
  started_at_s: 1_700_000_000,
  memory_bytes: 70e6,
  cpu_s: 1.5,
  engine_memory_bytes: 90e6,
  streams: 1,
  applications: 1,
  paired_clients: 2,
  requests_refused: 3,
  connections_closed: 0,
  round_trips: [{ client: 'a "TV"\nin \\ the hall', round_trip_ms: 4 }],
};

function rig() {
  const events = new HostEvents(pino({ level: 'silent' }));
  const totals = new Totals(events);
  const value = async (name: string) => {
    const text = await expositionOf(totals, readings);
    return parseExposition(text).find((sample) => sample.name === name)?.value;
  };
  return { events, totals, value };
}

t.test('seconds are added up, also of an engine that takes the place of another', async (t) => {
  const { events, value } = rig();
  const control = { ...testReport().statistics.control, input_events: 10 };
  events.tell({ type: 'session', step: 'launched', session: test_session });
  events.reports.tell(testReport({ bytes_sent: 1000, control }));
  events.reports.tell(testReport({ bytes_sent: 500, control: { ...control, input_events: 15 } }));
  events.tell({
    type: 'problem',
    step: 'began',
    session: test_session,
    code: 'engine_died',
    parameters: {},
    detail: '',
    fatal: false,
  });
  events.reports.tell(testReport({ bytes_sent: 0, control: { ...control, input_events: 2 } }));
  t.equal(await value('punktfunk_sent_bytes_total'), 1500);
  t.equal(await value('punktfunk_input_events_total'), 17);
  t.equal(await value('punktfunk_frames_sent_total'), 180);
  t.equal(await value('punktfunk_engine_restarts_total'), 1);
  events.tell({ type: 'session', step: 'ended', session: test_session, reason: 'the client left' });
  events.reports.tell(testReport({ control: { ...control, input_events: 3 } }));
  t.equal(await value('punktfunk_input_events_total'), 20, 'another stream counts from its own begin');
  t.equal(await value('punktfunk_sessions_started_total'), 1);
  t.equal(await value('punktfunk_sessions_ended_total'), 1);
});

t.test('pictures are counted by their latency, whole and by stage', async (t) => {
  const { events, totals } = rig();
  const { latency } = testReport().statistics;
  const counted = (counts: number[], sum_us: number) => ({ ...latency.total, counts, sum_us });
  const fast = [50, 10, ...Array.from({ length: 13 }, () => 0)];
  const slow = [...Array.from({ length: 14 }, () => 0), 2];
  const tell = (counts: number[], sum_us: number) => {
    const report = testReport();
    const total = counted(counts, sum_us);
    const statistics = { ...report.statistics, latency: { ...latency, total, encode: total } };
    events.reports.tell({ ...report, statistics });
  };
  tell(fast, 12_000);
  tell(fast, 12_000);
  tell(slow, 600_000);
  const text = await expositionOf(totals, readings);
  t.same(lintExposition(text), []);
  const samples = parseExposition(text);
  for (const [name, stage] of [
    ['frame_latency', ''],
    ['frame_stage', 'stage="encode"'],
  ]) {
    const value = (what: string, le?: string) => {
      const labels = [stage, le && `le="${le}"`].filter(Boolean).join(',');
      return samples.find(
        (sample) => sample.name === `punktfunk_${name}_seconds_${what}` && sample.labels === (labels && `{${labels}}`),
      )?.value;
    };
    t.equal(value('bucket', '0.00025'), 100);
    t.equal(value('bucket', '0.0005'), 120);
    t.equal(value('bucket', '0.256'), 120);
    t.equal(value('bucket', '+Inf'), 122);
    t.equal(value('count'), 122);
    t.equal(value('sum'), 0.624);
  }
});

t.test('what clients report as lost, and parity, are counted', async (t) => {
  const { events, value } = rig();
  const control = { ...testReport().statistics.control, frames_lost: 3, frames_repaired: 5, packets_missing: 9 };
  events.reports.tell(testReport({ control, parity_datagrams: 20 }));
  events.reports.tell(testReport({ control: { ...control, frames_lost: 4 }, parity_datagrams: 30 }));
  events.reports.tell(testReport({ control: { ...control, frames_lost: 1, packets_missing: 2 }, parity_datagrams: 0 }));
  t.equal(await value('punktfunk_frames_lost_total'), 5);
  t.equal(await value('punktfunk_frames_repaired_total'), 5);
  t.equal(await value('punktfunk_packets_missing_total'), 11);
  t.equal(await value('punktfunk_sent_parity_datagrams_total'), 50);
});

t.test('names, units and help are as Prometheus wants them', async (t) => {
  const { totals } = rig();
  const text = await expositionOf(totals, readings);
  t.same(lintExposition(text), []);
  t.match(text, /punktfunk_round_trip_seconds\{client="a \\"TV\\"\\nin \\\\ the hall"\} 0\.004/);
  t.same(lintExposition('# HELP a_ms x\n# TYPE a_ms counter\na_ms 1\nb 2\n'), [
    'a_ms: its help is no sentence',
    'a_ms: a counter ends in _total',
    'a_ms: ms is no base unit',
    'b: has no type',
  ]);
});

t.test('each metric of the dashboard is there', async (t) => {
  const file = join(import.meta.dirname, '../../docs/grafana/punktfunk.json');
  const dashboard = JSON.parse(readFileSync(file, 'utf8')) as { panels: { targets?: { expr: string }[] }[] };
  const asked = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)).join('\n');
  const names = new Set(asked.match(/\b(?:punktfunk|process)_\w+/g));
  const { totals } = rig();
  const known = new Set(parseExposition(await expositionOf(totals, readings)).map(({ name }) => name));
  t.ok(names.size > 15, String(names.size));
  for (const name of names) t.ok(known.has(name), name);
});
