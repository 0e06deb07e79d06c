// What happens to a stream now and then, by a seed. A fault counts when it was seen to have happened.

import { readFileSync } from 'node:fs';
import { scheduler } from 'node:timers/promises';
import type { Relay } from '../impair/relay.ts';
import { random } from '../kit/statistics.ts';
import { enginesOf, familyOf, type Held, soundServersOf } from './processes.ts';

export const faults = ['leave', 'vanish', 'loss', 'burst', 'engine', 'sound', 'sound-kill'] as const;
export type Fault = (typeof faults)[number];
export const faultOf = (word: string): Fault | undefined => faults.find((one) => one === word);

/** Of processes on this machine. */
const of_host = { engine: enginesOf, sound: soundServersOf, 'sound-kill': soundServersOf } as const;
export type HostFault = keyof typeof of_host;
const isOfHost = (fault: Fault): fault is HostFault => Object.hasOwn(of_host, fault);
const isOfLink = (fault: Fault): boolean => fault === 'vanish' || fault === 'burst';

export interface Reach {
  readonly host_pid: number | undefined;
  /** Why there is no relay before the host; undefined: there is one. */
  readonly no_relay: string | undefined;
}

/** Why this cannot be done to this host: what it started on this machine can be killed, nothing else. */
export function whyNot(fault: Fault, { host_pid, no_relay }: Reach): string | undefined {
  if (isOfLink(fault)) return no_relay;
  if (!isOfHost(fault)) return undefined;
  const family = host_pid === undefined ? [] : familyOf(host_pid);
  return of_host[fault](family).length > 0 ? undefined : 'There is no process of the host here to do it to.';
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
/** A sound server that was killed is to be there again by then. */
const back_ms = 30_000;
const look_ms = 20;

/** Resolves with whether it was seen to happen. */
export async function inflict(fault: HostFault, host_pid: number): Promise<boolean> {
  const victims = of_host[fault](familyOf(host_pid));
  if (victims.length === 0) return false;
  if (fault === 'sound') return freeze(victims);
  signal(victims, 'SIGKILL');
  const gone = await within(back_ms, () => victims.every(({ pid }) => stateOf(pid) === undefined));
  if (fault === 'engine' || !gone) return gone;
  return within(back_ms, () => of_host[fault](familyOf(host_pid)).length > 0);
}

async function freeze(victims: readonly Held[]): Promise<boolean> {
  signal(victims, 'SIGSTOP');
  try {
    const stood = await within(frozen_ms, () => victims.every(({ pid }) => stateOf(pid) === 'T'));
    await scheduler.wait(frozen_ms);
    return stood;
  } finally {
    signal(victims, 'SIGCONT');
  }
}

/** As proc_pid_stat(5) has it; undefined: it has ended, whether or not its parent has noticed. */
function stateOf(pid: number): string | undefined {
  try {
    const [, state] = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return state === 'Z' || state === 'X' ? undefined : state;
  } catch {
    return undefined;
  }
}

async function within(ms: number, happened: () => boolean): Promise<boolean> {
  for (const until_ms = performance.now() + ms; !happened(); await scheduler.wait(look_ms))
    if (performance.now() > until_ms) return false;
  return true;
}

function signal(victims: readonly Held[], name: NodeJS.Signals): void {
  for (const { pid } of victims) {
    try {
      process.kill(pid, name);
    } catch {
      // it has ended meanwhile
    }
  }
}

const burst_ms = 500;

/** In the middle of a stream half of all datagrams are lost for half a second; whether any was. */
export async function burst(relay: Relay): Promise<boolean> {
  const before = await relay.stats();
  await relay.setLink('bursts=50% burst=8', 'clean');
  await scheduler.wait(burst_ms);
  await relay.setLink('clean');
  return ((await relay.stats()).down_lost ?? 0) > (before.down_lost ?? 0);
}

/** Nothing passes while the client goes: the host never hears its goodbye. Whether there was one that was not heard. */
export async function vanish(relay: Relay, leave: () => Promise<unknown>): Promise<boolean> {
  const before = await relay.stats();
  await relay.setLink('down');
  try {
    await leave();
    return ((await relay.stats()).up_outage_dropped ?? 0) > (before.up_outage_dropped ?? 0);
  } finally {
    await relay.setLink('clean');
  }
}
