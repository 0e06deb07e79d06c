// A stream's second as an engine tells it, for tests of those who listen: the contract's own example, with what the test is about.

import { readFileSync } from 'node:fs';
import { latency_edges_us, type Statistics } from './contract/statistics.ts';
import type { NamedSession, Pictures, SessionReport, StreamedVideo } from './events.ts';

const example = JSON.parse(
  readFileSync(new URL('../native/contract/examples/engine/stats.json', import.meta.url), 'utf8'),
) as Statistics;

export const test_session: NamedSession = {
  id: '0123456789ab',
  client: { id: 'c1', name: 'Tablet', address: '192.0.2.7' },
  app: { id: 1, title: 'Desktop' },
};

export const test_video: StreamedVideo = {
  width: 1280,
  height: 720,
  fps: 60,
  codec: 'H.264',
  encoder: 'libx264',
  bitrate_kbps: 10_000,
};

interface Second extends Partial<Omit<Statistics, 'latency'>> {
  session?: NamedSession;
  pictures?: Pictures | null;
  total_ms?: number;
}

export function testReport({ session, pictures, total_ms = 5, ...counts }: Second = {}): SessionReport {
  const { latency } = example;
  const p50_us = total_ms * 1000;
  const edges_us = [...latency_edges_us, Number.POSITIVE_INFINITY];
  const place = edges_us.findIndex((edge_us) => p50_us <= edge_us);
  const counted = edges_us.map((_, index) => (index === place ? 60 : 0));
  const total = { ...latency.total, p50_us, p95_us: total_ms * 2000, max_us: total_ms * 2000, counts: counted };
  return {
    type: 'report',
    session: session ?? test_session,
    statistics: {
      ...example,
      interval_s: 1,
      frames_sent: 60,
      frames_repeated: 0,
      ...counts,
      latency: { ...latency, total },
    },
    pictures: pictures ?? null,
  };
}
