// Where a report was measured, and with what.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { package_root } from '../../src/installation.ts';
import type { Report } from './report.ts';

/** What a program says of itself, or nothing when it is not there. */
function told(command: string, ...words: readonly string[]): string | undefined {
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

/** Of this copy; a command adds those of what it measured. */
export function versions(): Report['versions'] {
  const { version } = JSON.parse(readFileSync(join(package_root, 'package.json'), 'utf8')) as { version: string };
  // A checkout may be another user's.
  const git = (...words: readonly string[]) =>
    told('git', '-c', `safe.directory=${package_root}`, '-C', package_root, ...words);
  const commit = git('rev-parse', 'HEAD');
  const changed = commit !== undefined && git('status', '--porcelain') !== '';
  return {
    punktfunk: version,
    ...(commit === undefined ? {} : { commit: changed ? `${commit}, changed` : commit }),
    node: process.version,
  };
}
