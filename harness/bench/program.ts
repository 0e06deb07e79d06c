// A benchmark as a program: its words are read, what it needs is looked for, it measures, and its figures are told.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { package_root } from '../../src/installation.ts';
import { hostFiles } from './built.ts';
import { machine } from './engine-run.ts';
import { type Offer, type Options, readOptions, UsageError, usageOf } from './options.ts';

export interface Benchmark<Case extends { name: string }, Row> extends Offer<Case> {
  /** Paths without which there is nothing to measure. */
  readonly needs: readonly string[];
  /** Checkouts: ours, and another if asked for. */
  measure(options: Options<Case>, roots: readonly string[]): Promise<{ rows: readonly Row[]; complete: boolean }>;
  report(rows: readonly Row[], options: Options<Case>): string;
}

/** Resolves with the exit code. */
export async function runBenchmark<Case extends { name: string }, Row>(
  benchmark: Benchmark<Case, Row>,
  words: readonly string[],
): Promise<number> {
  let options: Options<Case>;
  try {
    options = readOptions(benchmark, words);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${usageOf(benchmark)}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usageOf(benchmark));
    return 0;
  }
  const others = options.against === undefined ? [] : [resolve(options.against)];
  const missing = [...others.flatMap(hostFiles), ...benchmark.needs].find((path) => !existsSync(path));
  if (missing !== undefined) {
    process.stderr.write(`${missing} is missing (npm run setup there).\n`);
    return 1;
  }
  const { rows, complete } = await benchmark.measure(options, [package_root, ...others]);
  const about = machine();
  if (options.json) process.stdout.write(`${JSON.stringify({ machine: about, rows }, null, 2)}\n`);
  else if (rows.length > 0) {
    const { cpu, cores, load, node } = about;
    const on = `${cpu}, ${cores} cores, load ${load.toFixed(1)}, Node ${node}`;
    process.stdout.write(`${on}\n\n${benchmark.report(rows, options)}\n`);
  }
  return complete ? 0 : 1;
}
