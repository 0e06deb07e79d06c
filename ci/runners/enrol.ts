// The commands that make a host a runner and take it back: the scripts in remote/, behind the values they work with.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runner, RunnerService } from './config.ts';

/** As one word for a POSIX shell, whatever is in it. */
export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const asRoot = (script: string): string => `sudo -n sh -c ${quote(script)}`;
const read = (name: string): string => readFileSync(join(import.meta.dirname, 'remote', name), 'utf8');

/** Expects the registration token on standard input. */
export function enrolScript(runner: Runner, service: RunnerService): string {
  const values = {
    name: runner.name,
    account: runner.user,
    labels: runner.labels.join(','),
    keys: runner.authorized_keys.join('\n'),
    service_url: service.url,
    archive_url: service.archive_url,
    archive_sha256: service.archive_sha256,
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${quote(value)}\n`);
  return lines.join('') + read('enrol.sh');
}

export const enrolCommand = (runner: Runner, service: RunnerService): string => asRoot(enrolScript(runner, service));
export const retireCommand = (): string => asRoot(read('retire.sh'));
