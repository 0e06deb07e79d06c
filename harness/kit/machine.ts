// Where a report was measured, and with what.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { package_root } from '../../src/installation.ts';
import type { Report } from './report.ts';

/** What a program says, or nothing when it is not there. */
export function told(command: string, ...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, words, {
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LC_ALL: 'C' },
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** lscpu knows the names of ARM's cores, which the kernel does not tell. */
const chip = (): string =>
  /^Model name:\s*(.+)$/m.exec(told('lscpu') ?? '')?.[1] ?? cpus()[0]?.model.trim() ?? 'unknown';

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

export const machine = (): Report['machine'] => ({
  chip: chip(),
  cores: cpus().length,
  memory_mb: Math.round(totalmem() / 2 ** 20),
  kernel: release(),
  distribution: distribution(),
  load: loadavg()[0] ?? 0,
});

interface Commit {
  readonly id: string;
  /** When it was made, in UTC. */
  readonly committed: string;
  /** Files differ from it. */
  readonly changed: boolean;
}

/** Of this copy; undefined: it is no checkout. */
export function commit(): Commit | undefined {
  // A checkout may be another user's.
  const git = (...words: readonly string[]) =>
    told('git', '-c', `safe.directory=${package_root}`, '-C', package_root, ...words);
  const [id, committed_s] = git('log', '-1', '--format=%H %ct')?.split(' ') ?? [];
  if (id === undefined) return undefined;
  const committed = new Date(Number(committed_s) * 1000).toISOString();
  return { id, committed, changed: git('status', '--porcelain') !== '' };
}

/** Of this copy; a command adds those of what it measured. */
export function versions(): Report['versions'] {
  const { version } = JSON.parse(readFileSync(join(package_root, 'package.json'), 'utf8')) as { version: string };
  const of = commit();
  return {
    punktfunk: version,
    ...(of === undefined ? {} : { commit: of.changed ? `${of.id}, changed` : of.id }),
    node: process.version,
  };
}
