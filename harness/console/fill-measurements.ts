// Measurements that somebody has made: one that was whole, one that was cancelled.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Head, KitReport, MeasuredPart, ReportLine } from '../../src/measurements/format.ts';

export function fillMeasurements(data_dir: string): void {
  const folder = join(data_dir, 'measurements');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (id: string, head: Head, lines: readonly ReportLine[]) =>
    writeFileSync(join(folder, `${id}.ndjson`), [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join(''), {
      mode: 0o600,
    });
  const [latency, throughput] = [latencyReport(), throughputReport()];
  const passed = (name: MeasuredPart['name'], detail: string): MeasuredPart => ({ name, state: 'passed', detail });
  const of = { measurement: 1, host_version: '0.1.0', limits: { max_p95_ms: 40 } } as const;
  write(
    '20260114T180000Z-0123abcd',
    {
      ...of,
      ...{ started_at: '2026-01-14T18:00:00.000Z', ended_at: '2026-01-14T18:01:12.000Z', state: 'done', reason: '' },
      parts: [
        passed('latency', latency.verdict.text),
        passed('throughput', throughput.verdict.text),
        {
          name: 'capture',
          state: 'not_measured',
          detail: 'A headless Sway of our own cannot be started: swaymsg is missing: install it.',
        },
      ],
    },
    [
      { part: 'latency', report: latency },
      { part: 'throughput', report: throughput },
    ],
  );
  writeFileSync(join(folder, '20260114T180000Z-0123abcd.html'), '<!doctype html><title>Measured</title>', {
    mode: 0o600,
  });
  write(
    '20260113T070000Z-0123abce',
    {
      ...of,
      ...{ started_at: '2026-01-13T07:00:00.000Z', ended_at: '2026-01-13T07:00:20.000Z', state: 'cut_short' },
      reason: 'It was cancelled.',
      parts: [
        { name: 'latency', state: 'cut_short', detail: '' },
        { name: 'encode', state: 'left_out', detail: '' },
      ],
    },
    [],
  );
}

const machine = {
  chip: 'AMD Ryzen 7 7840HS with Radeon 780M Graphics',
  cores: 16,
  distribution: 'Bazzite 44',
  kernel: '6.17.1',
  load: 0.4,
};

const way: readonly [from: string, to: string, p50: number, p95: number][] = [
  ['painted', 'composed', 3.1, 6.8],
  ['composed', 'captured', 0.21, 0.6],
  ['captured', 'converted', 0.39, 0.7],
  ['converted', 'begun', 0.02, 0.4],
  ['begun', 'encoded', 4.6, 6.2],
  ['encoded', 'protected', 0.06, 0.1],
  ['protected', 'sent', 0.04, 0.3],
  ['sent', 'received', 0.01, 0.2],
  ['received', 'repaired', 0.01, 0.02],
  ['repaired', 'decoded', 1.3, 2.1],
];
type Series = KitReport['cases'][number]['series'][number];
const series = (name: string, from: string, to: string, p50: number, p95: number): Series => ({
  ...{ name, unit: 'ms', from, to, error: 0 },
  summary: { count: 1200, p50, p95, p99: p95 * 1.2, max: p95 * 2 },
});

const latencyReport = (): KitReport => ({
  ...{ version: 1, machine, verdict: { result: 'passed', text: 'Within every limit.' } },
  notes: ['begun to encoded takes longest: 4.60 ms in the middle, from begun to encoded.'],
  cases: [
    {
      name: '1280x720@60',
      series: [
        ...way.map(([from, to, p50, p95]) => series(`${from} to ${to}`, from, to, p50, p95)),
        series('painted to decoded', 'painted', 'decoded', 9.8, 14.1),
      ],
      counts: [
        { name: 'frames', value: 1200 },
        { name: 'frames lost', value: 0 },
        { name: 'rate', value: 9650, unit: 'kbit/s' },
      ],
    },
    {
      name: 'input',
      series: [series('click sent to reaction decoded', 'click sent', 'reaction decoded', 15, 22)],
      counts: [],
    },
  ],
});

const throughputReport = (): KitReport => ({
  ...{ version: 1, machine, verdict: { result: 'passed', text: 'Measured; no limits were given.' } },
  notes: ['Both ends are on this machine and share its cores.'],
  cases: ['0.1 Gbit/s', '1 Gbit/s', 'as much as goes'].map((name, i) => ({
    name,
    series: [
      series('handed over to whole', 'picture handed to the sender', 'whole at the receiver', 0.4 + i, 0.9 + 2 * i),
    ],
    counts: [{ name: 'delivered', value: [0.1, 1, 6.31][i] ?? 0, unit: 'Gbit/s' }],
  })),
});
