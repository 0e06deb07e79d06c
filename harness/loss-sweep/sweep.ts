// Runs the cells on all cores and judges each against the exact probability.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { four_sigma_tail, frameLoss, tailOf } from './exact.ts';
import { type Cell, framesOf, geometryFault, keyOf, type Measured, type Result, seedOf } from './grid.ts';

export interface SweepOptions {
  readonly worker: string;
  readonly seed: number;
  readonly jobs: number;
  // Packets simulated in a cell, about.
  readonly packets: number;
  readonly progress: (done: number, all: number) => void;
  /** No further cell is begun then. */
  readonly signal: AbortSignal;
}

export class WorkerError extends Error {}

interface Reply extends Omit<Measured, 'blocks'> {
  readonly id: number;
  readonly blocks: readonly (readonly [number, number])[];
}

function judge(cell: Cell, reply: Reply): Result {
  const blocks = reply.blocks.map(([data, parity]) => ({ data, parity }));
  const { frames, lost_frames, corrupt_frames, packets, lost_packets } = reply;
  const exact = frameLoss(blocks, cell.loss);
  const tail = tailOf(lost_frames, frames, exact);
  const faults: string[] = [];
  const geometry = geometryFault(cell, blocks);
  if (geometry) faults.push(geometry);
  if (corrupt_frames > 0) faults.push(`${corrupt_frames} frames came out with other bytes than were sent`);
  if (tail < four_sigma_tail)
    faults.push(
      `${lost_frames} of ${frames} frames lost where ${(exact * frames).toPrecision(3)} are due: beyond 4 sigma`,
    );
  return { ...cell, frames, lost_frames, corrupt_frames, packets, lost_packets, blocks, exact, tail, faults };
}

export async function sweep(cells: readonly Cell[], options: SweepOptions): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  let done = 0;

  // One process each; a cell is handed out when the one before is back, so that no core waits for another's large frames.
  async function work(): Promise<void> {
    const child = spawn(options.worker, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    const failed = new Promise<never>((_, reject) => {
      child.on('error', (error) => reject(new WorkerError(`${options.worker} cannot be started: ${error.message}`)));
      child.on('exit', (code, signal) => {
        if (code !== 0) reject(new WorkerError(`${options.worker} ended with ${signal ?? `exit code ${code}`}`));
      });
    });
    child.stdin.on('error', () => {}); // the exit tells more
    const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    try {
      for (let id = next++; id < cells.length && !options.signal.aborted; id = next++) {
        const cell = cells[id] as Cell;
        const { code, data_shards, parity_percent, loss } = cell;
        const frames = framesOf(cell, options.packets);
        child.stdin.write(
          `${id} ${code} ${data_shards} ${parity_percent} ${loss.rate} ${loss.mean_burst} ${frames} ${seedOf(cell, options.seed)}\n`,
        );
        const line = await Promise.race([replies.next(), failed]);
        if (line.done) await failed;
        const reply = JSON.parse(line.value as string) as Reply;
        if (reply.id !== id || reply.frames !== frames)
          throw new WorkerError(`the worker answered another cell than ${keyOf(cell)}`);
        results[id] = judge(cell, reply);
        options.progress(++done, cells.length);
      }
      child.stdin.end();
      await Promise.race([once(child, 'close'), failed]);
    } finally {
      failed.catch(() => {}); // reported once, by whoever waits
      child.kill();
    }
  }

  await Promise.all(Array.from({ length: Math.min(options.jobs, cells.length) }, work));
  return results.filter((result) => result !== undefined);
}
