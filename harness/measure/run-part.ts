// One part of the kit, run as a program of its own, and what it left.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { install_kind, package_root } from '../../src/installation.ts';
import { exits } from '../exits.ts';
import { NoReportError } from '../kit/document.ts';
import { parseReport, type Report } from '../kit/report.ts';
import type { Part } from './parts.ts';

export interface PartRun {
  readonly code: number;
  /** undefined: it left none. */
  readonly report: Report | undefined;
}

/** A desktop of its own refuses root: in a checkout tools/as-user.sh hands the part to an ordinary user, who may not write where we do. */
export async function runPart({ name, words, needs_host = false }: Part, signal: AbortSignal): Promise<PartRun> {
  const kit = resolve(package_root, needs_host ? 'harness/measure/with-host.ts' : 'harness/main.ts');
  const as_user =
    install_kind === 'checkout' ? ['sh', resolve(package_root, 'tools/as-user.sh'), 'node'] : [process.execPath];
  const [program = '', ...before] = as_user;
  const child = spawn(program, [...before, kit, ...words, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = () => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const [[code], out] = await Promise.all([once(child, 'exit'), text(child.stdout)]);
  signal.removeEventListener('abort', end);
  return { code: typeof code === 'number' ? code : exits.failed, report: reportIn(out, name) };
}

function reportIn(out: string, name: string): Report | undefined {
  try {
    return parseReport(out, name);
  } catch (error) {
    if (!(error instanceof NoReportError)) throw error;
    process.stderr.write(`${name} left no report.\n`);
    return undefined;
  }
}

/** Aborted by SIGINT and SIGTERM, until it is released. */
export function untilSignal() {
  const ending = new AbortController();
  const end = () => ending.abort();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, end);
  return {
    signal: ending.signal,
    release: () => {
      for (const signal of signals) process.removeListener(signal, end);
    },
  };
}
