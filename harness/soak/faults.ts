// What happens to a stream now and then, by a seed.

import { scheduler } from 'node:timers/promises';
import { random } from '../kit/statistics.ts';
import { enginesOf, familyOf, soundServersOf } from './processes.ts';

export const faults = ['leave', 'loss', 'engine', 'sound'] as const;
export type Fault = (typeof faults)[number];
export const faultOf = (word: string): Fault | undefined => faults.find((one) => one === word);

/** Those that can be done to this host: what it started on this machine can be killed, nothing else. */
export function possible(wanted: readonly Fault[], host_pid: number | undefined): Fault[] {
  const family = host_pid === undefined ? [] : familyOf(host_pid);
  return wanted.filter((fault) => {
    if (fault === 'engine') return enginesOf(family).length > 0;
    return fault === 'sound' ? soundServersOf(family).length > 0 : true;
  });
}

/** One after the other, the same for the same seed. */
export function* sequence(seed: number, of: readonly Fault[]): Generator<Fault, void> {
  const next = random(seed);
  for (;;) {
    const fault = of[Math.floor(next() * of.length)];
    if (fault === undefined) return;
    yield fault;
  }
}

const frozen_ms = 2000;

/** False: there was nothing to do it to. */
export async function inflict(fault: 'engine' | 'sound', host_pid: number): Promise<boolean> {
  const family = familyOf(host_pid);
  const victims = (fault === 'engine' ? enginesOf(family) : soundServersOf(family)).map(({ pid }) => pid);
  if (fault === 'engine') signal(victims, 'SIGKILL');
  else {
    signal(victims, 'SIGSTOP');
    await scheduler.wait(frozen_ms);
    signal(victims, 'SIGCONT');
  }
  return victims.length > 0;
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // it has ended meanwhile
    }
  }
}
