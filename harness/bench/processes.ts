// CPU time of a host and of what it started, by what each is.

import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds since each began. */
export interface CpuTimes {
  host: number;
  engine: number;
  compositor: number;
  beacon: number;
}

interface Process {
  pid: number;
  parent: number;
  role: keyof CpuTimes | undefined;
  cpu_ms: number;
}

const tick_ms = 10; // USER_HZ is 100 on every Linux that we run on

/** By the name that the kernel has of each, cut to 15 letters. */
const roles: Readonly<Record<string, keyof CpuTimes>> = {
  sway: 'compositor',
  'punktfunk-beaco': 'beacon',
  'punktfunk-engin': 'engine',
};

function processOf(pid: number): Process | undefined {
  try {
    // The name may hold spaces and brackets; what follows it cannot.
    const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const fields = rest.split(' ');
    const cpu_ms = (Number(fields[11]) + Number(fields[12])) * tick_ms;
    return { pid, parent: Number(fields[1]), role: roles[name], cpu_ms };
  } catch {
    return undefined; // ended meanwhile
  }
}

/** Of the host with this process id, and of what descends from it. */
export function cpuTimes(host_pid: number): CpuTimes {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processOf(Number(name)) ?? []);
  const by_pid = new Map(all.map((one) => [one.pid, one]));
  const descends = (one: Process | undefined): boolean =>
    one !== undefined && (one.parent === host_pid || descends(by_pid.get(one.parent)));
  const times: CpuTimes = { host: by_pid.get(host_pid)?.cpu_ms ?? 0, engine: 0, compositor: 0, beacon: 0 };
  for (const one of all) if (one.role && descends(one)) times[one.role] += one.cpu_ms;
  return times;
}

export const since = (before: CpuTimes, now: CpuTimes): CpuTimes => ({
  host: now.host - before.host,
  engine: now.engine - before.engine,
  compositor: now.compositor - before.compositor,
  beacon: now.beacon - before.beacon,
});
