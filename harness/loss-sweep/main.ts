// `punktfunk-harness loss-sweep`: which frames survive which loss, measured on real packets and proven by computation.

import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { harness_command, harness_repair, native_dir } from '../../src/installation.ts';
import { exits } from '../exits.ts';
import { claimFiles, writeOutput } from '../output.ts';
import { type Code, codes, everyCell } from './grid.ts';
import { page } from './page.ts';
import { compare, faultLines, type SweepDocument, tables } from './report.ts';
import { sweep, WorkerError } from './sweep.ts';

const help = `usage: punktfunk-harness loss-sweep [options]

Sends frames of ${codes.length} codes, many sizes and parities through random and bursty loss,
without a network, and compares every cell with the exact probability. Passes
when all cells are within 4 sigma and every frame delivered is what was sent.

  --seed N          of the losses (1); a run repeats exactly
  --packets N       packets simulated in a cell, about (60000)
  --jobs N          processes (one a core)
  --code NAME       one alone: ${codes.slice(0, 2).join(', ')},
                    ${codes.slice(2).join(', ')}
  --json FILE       all figures; - for standard output instead of the tables
  --page FILE       a page of plots (HTML with SVG)
  --baseline FILE   compare with the JSON of an earlier run; worse fails
  --worker FILE     another punktfunk-loss-sweep than the build's

exit codes: 0 passed, 1 failed, 2 usage, 7 the output or a file cannot be
written, 8 cut short by a signal: what there is is marked partial`;

class UsageError extends Error {}

function wholeNumber(text: string, name: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new UsageError(`--${name} wants a whole number from ${least} to ${most}, not "${text}".`);
  return value;
}

function readOptions(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  let values: ReturnType<typeof parse>['values'];
  function parse() {
    return parseArgs({
      args: [...argv],
      options: {
        seed: text,
        packets: text,
        jobs: text,
        code: text,
        json: text,
        page: text,
        baseline: text,
        worker: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
  }
  try {
    values = parse().values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  if (values.code !== undefined && !codes.includes(values.code as Code))
    throw new UsageError(`There is no code "${values.code}": ${codes.join(', ')}.`);
  return {
    help: values.help ?? false,
    seed: wholeNumber(values.seed ?? '1', 'seed', 0, Number.MAX_SAFE_INTEGER),
    packets: wholeNumber(values.packets ?? '60000', 'packets', 100, 100_000_000),
    jobs: wholeNumber(values.jobs ?? String(availableParallelism()), 'jobs', 1, 1024),
    code: values.code as Code | undefined,
    json: values.json,
    page: values.page,
    baseline: values.baseline === undefined ? undefined : readBaseline(values.baseline),
    worker: values.worker ?? resolve(native_dir, '../bin/punktfunk-loss-sweep'),
  };
}

function readBaseline(path: string): SweepDocument {
  try {
    const document = JSON.parse(readFileSync(path, 'utf8')) as Partial<SweepDocument> | null;
    if (document?.version !== 1 || !Array.isArray(document.results))
      throw new Error('it is no loss sweep of version 1');
    return document as SweepDocument;
  } catch (error) {
    throw new UsageError(`${path} cannot be the baseline: ${error instanceof Error ? error.message : error}.`);
  }
}

function progressLine(): (done: number, all: number) => void {
  const start = performance.now();
  let shown = 0;
  return (done, all) => {
    const now = performance.now();
    if (done < all && now - shown < (process.stderr.isTTY ? 200 : 10_000)) return;
    shown = now;
    const text = `${done} of ${all} cells, ${((now - start) / 1000).toFixed(0)} s`;
    process.stderr.write(process.stderr.isTTY ? `\r${text}${done === all ? '\n' : ''}` : `${text}\n`);
  };
}

/** Aborted by the first one, with its name; the second ends the process as ever. */
function untilSignal(): AbortController {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort(signal));
  return ending;
}

async function measure(options: ReturnType<typeof readOptions>): Promise<number> {
  if (!existsSync(options.worker))
    throw new WorkerError(
      `The native part is not built: ${options.worker} is missing. Mend it with: ${harness_repair}`,
    );
  claimFiles(options.json, options.page);
  const cells = everyCell().filter((cell) => options.code === undefined || cell.code === options.code);
  const ending = untilSignal();
  const results = await sweep(cells, { ...options, progress: progressLine(), signal: ending.signal });
  const partial = results.length < cells.length ? `Cut short by ${ending.signal.reason}.` : undefined;
  const document: SweepDocument = {
    version: 1,
    seed: options.seed,
    packets_per_cell: options.packets,
    ...(partial === undefined ? {} : { partial }),
    results,
  };
  const faults = faultLines(results);
  const frames = results.reduce((sum, r) => sum + r.frames, 0);
  const packets = results.reduce((sum, r) => sum + r.packets, 0);
  const of = partial === undefined ? '' : ` of ${cells.length}`;
  const summary =
    `${partial ?? ''} ${results.length}${of} cells, ${frames} frames, ${packets} packets, seed ${options.seed}`.trim();

  if (options.json === '-') process.stdout.write(`${JSON.stringify(document)}\n`);
  else process.stdout.write(`${tables(results)}\n\n${summary}\n`);
  if (options.json !== undefined && options.json !== '-') writeOutput(options.json, `${JSON.stringify(document)}\n`);
  if (options.page !== undefined) writeOutput(options.page, page(results, `${summary}.`, faults));

  let failed = faults.length > 0;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  if (options.baseline) {
    const { worse, better, missing } = compare(results, options.baseline.results);
    for (const line of worse) say(`worse   ${line}`);
    for (const line of better) say(`better  ${line}`);
    say(`Against the baseline: ${worse.length} cells worse, ${better.length} better, ${missing} new.`);
    failed ||= worse.length > 0;
  }
  for (const fault of faults) say(`FAILED  ${fault}`);
  if (!failed && partial !== undefined) {
    say(`${partial} This says nothing yet.`);
    return exits.cut_short;
  }
  say(faults.length === 0 ? 'Every cell is within 4 sigma, every frame is what was sent.' : `${faults.length} faults.`);
  return failed ? exits.failed : exits.passed;
}

export async function run(argv: readonly string[]): Promise<number> {
  try {
    const options = readOptions(argv);
    if (!options.help) return await measure(options);
    process.stdout.write(`${help}\n`);
    return exits.passed;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n${harness_command} loss-sweep --help tells more.\n`);
      return exits.usage;
    }
    if (!(error instanceof WorkerError) && !(error instanceof Error && 'syscall' in error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return exits.failed;
  }
}

export const loss_sweep = { summary: 'which frames survive which packet loss, proven cell by cell', run };
