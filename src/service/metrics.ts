// What is looked at when metrics are asked for, and only then.

import { readFileSync } from 'node:fs';
import { version } from '../config/paths.ts';
import type { Strangers } from '../gamestream/strangers.ts';
import type { Totals } from '../metrics/totals.ts';
import type { Sessions } from '../session/sessions.ts';
import type { ClientStore } from '../trust/clients.ts';

export interface MetricsParts {
  totals: Totals;
  sessions: Sessions;
  clients: ClientStore;
  strangers: Strangers;
}

const page_bytes = 4096;

export async function exposition({ totals, sessions, clients, strangers }: MetricsParts): Promise<string> {
  const streams = sessions.list().map((session) => session.describe());
  const { user, system } = process.cpuUsage();
  const { expositionOf } = await import('../metrics/exposition.ts');
  return expositionOf(totals, {
    version,
    started_at_s: Date.now() / 1000 - process.uptime(),
    memory_bytes: process.memoryUsage.rss(),
    cpu_s: (user + system) / 1e6,
    engine_memory_bytes: streams.reduce((sum, { engine }) => sum + memoryOf(engine.pid), 0),
    streams: streams.filter(({ phase }) => phase === 'streaming').length,
    applications: sessions.apps().length,
    paired_clients: clients.list().length,
    ...strangers.counts,
    round_trips: streams.flatMap(({ client, stats }) =>
      stats ? [{ client: client.name, round_trip_ms: stats.control.round_trip_ms }] : [],
    ),
  });
}

/** Resident bytes of a process, as proc(5) tells in statm; none of one that is gone. */
function memoryOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * page_bytes;
  } catch {
    return 0;
  }
}
