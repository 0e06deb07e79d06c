// A host's processes on this machine, as /proc tells them: what they hold now.

import { readdirSync, readFileSync } from 'node:fs';

export interface Held {
  readonly pid: number;
  readonly name: string;
  readonly memory_mb: number;
  readonly descriptors: number;
  readonly threads: number;
}

/** Undefined: it has ended, or is not ours to look at. */
function held(pid: number): (Held & { parent: number }) | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s+(.+)$`, 'm').exec(status)?.[1] ?? '';
    return {
      pid,
      name: field('Name'),
      parent: Number(field('PPid')),
      memory_mb: Number.parseInt(field('VmRSS') || '0', 10) / 1024,
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      threads: Number(field('Threads')),
    };
  } catch {
    return undefined;
  }
}

/** The host first, then all that descends from it. Empty: it has ended, or is another user's. */
export function familyOf(host_pid: number): Held[] {
  const host = held(host_pid);
  if (!host) return [];
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => held(Number(name)) ?? []);
  const family = [host];
  for (const one of family) family.push(...all.filter(({ parent, pid }) => parent === one.pid && pid !== host_pid));
  return family;
}

/** Of our host: the kernel cuts names to 15 letters. */
export const enginesOf = (family: readonly Held[]): Held[] => family.filter(({ name }) => name === 'punktfunk-engin');
export const soundServersOf = (family: readonly Held[]): Held[] => family.filter(({ name }) => name === 'pipewire');
