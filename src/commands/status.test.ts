import t from 'tap';
import type { Status } from '../management/schema/status.ts';
import { describeStatus, pageOf } from './status.ts';

/** What `status` prints of a stream whose engine counted this. */
function streaming(input_events: number, input_ignored: number, details: string[] = []): Status {
  const stage = { p50_us: 0, p95_us: 0, p99_us: 0, max_us: 0 };
  return {
    addresses: [],
    ports: {},
    waiting_to_pair: [],
    strangers: { requests_refused: 0, connections_closed: 0, lines_left_out: 0 },
    apps: [],
    sessions: [
      {
        app: { title: 'Desktop' },
        client: { name: 'A', address: '192.0.2.1' },
        problems: details.map((detail) => ({ detail })),
        engine: {},
        video: null,
        pictures: {
          asked: 60,
          shown: 60,
          sent: 15,
          missed: 45,
          bound: { by: 'encoder', detail: 'the encoder: it is slow' },
        },
        stats: {
          interval_s: 1,
          latency: { total: stage },
          audio: {},
          control: { input_events, input_ignored, round_trip_ms: 4 },
        },
      },
    ],
  } as unknown as Status;
}

const inputLine = (...counts: [number, number]) =>
  describeStatus(streaming(...counts)).find((line) => line.startsWith('input'));

t.test('input that was ignored is told, and only then', async (t) => {
  t.equal(inputLine(12, 3), 'input     12 events, 3 of them ignored, round trip 4 ms');
  t.equal(inputLine(12, 0), 'input     12 events, round trip 4 ms');
});

t.test('pictures are told beside those asked for, and what bounds them', async (t) => {
  const lines = describeStatus(streaming(0, 0));
  t.match(
    lines.find((line) => line.startsWith('pictures')),
    /^pictures {2}15 of 60 a second, /,
  );
  t.ok(lines.includes('bound by  the encoder: it is slow; 45 a second are missed'));
});

t.test('a long sentence goes on below itself, in 80 columns', (t) => {
  const detail =
    'The thread that sends the sound got no priority: it may stutter while the processor is busy. Doctor says what to do.';
  const lines = pageOf(streaming(0, 0, [detail]));
  t.same(
    lines.filter((line) => line.length > 80),
    [],
  );
  const at = lines.findIndex((line) => line.startsWith('problem'));
  t.match(lines[at + 1], /^ {10}\S/);
  t.equal(`${lines[at]} ${lines[at + 1]?.trim()}`, `problem   ${detail}`);
  t.end();
});
