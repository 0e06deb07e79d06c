// The kit measures delays that it makes itself: the network's time has to be longer by as many milliseconds.

import { CaseRecord, NotMeasured } from '../kit/run.ts';
import { median, summarize } from '../kit/statistics.ts';
import { addStages } from '../latency/stages.ts';
import { untilTold } from '../latency/target.ts';
import { watch } from '../latency/watch.ts';
import type { CheckRun } from './options.ts';
import { type Frames, type SelfStream, settle } from './self-stream.ts';

export const delays_ms = [5, 10, 20] as const;
/** By so much a middle may be off. */
export const tolerance_ms = 0.5;

export async function tryDelays(run: CheckRun, { stream, relay, frames }: SelfStream): Promise<void> {
  const { signal, values } = run;
  const network = new Map<number, number[]>([0, ...delays_ms].map((delay) => [delay, []]));
  try {
    for (let round = 0; round < values.rounds; round++)
      for (const delay of delays_ms.flatMap((one) => [0, one])) {
        if (signal.aborted) return;
        run.progress(`round ${round + 1} of ${values.rounds}: ${delay} ms`);
        await relay.setLink(delay === 0 ? 'clean' : `delay=${delay}ms`, 'clean');
        await settle(stream, signal);
        const { pictures, ended } = await watch(stream, values.seconds, signal, () => {});
        if (ended !== undefined) throw new NotMeasured(`The stream stopped in the middle: ${ended}.`);
        await untilTold(frames, pictures, signal);
        network.get(delay)?.push(...networkOf(pictures, frames));
      }
  } finally {
    judge(run, network);
  }
  if (!signal.aborted && values.rounds > 0 && [...network.values()].some((values) => values.length === 0))
    throw new NotMeasured('Of some delays no picture came: the host told nothing of them, or the stream stood.');
}

/** Of each picture, as `latency` measures it. */
function networkOf(pictures: Parameters<typeof addStages>[1]['pictures'], frames: Frames): readonly number[] {
  const of = new CaseRecord('', 1);
  addStages(of, { pictures, frames, toOurs: (ns) => ns, clock_error_ms: 0 });
  return of.series.find(({ name }) => name === 'network')?.values ?? [];
}

/** Of the interval within which the middle lies. */
function widthOf(values: readonly number[], seed: number): number {
  const [low, high] = summarize(values, seed)?.between?.p50 ?? [0, Number.POSITIVE_INFINITY];
  return high - low;
}

function judge(run: CheckRun, network: ReadonlyMap<number, readonly number[]>): void {
  const none = network.get(0) ?? [];
  for (const [delay, values] of network)
    run.newCase(`${delay} ms`).addSeries({ name: 'network', unit: 'ms', from: 'sent', to: 'received', values });
  const into = run.newCase('found of what was made');
  for (const delay of delays_ms) {
    const values = network.get(delay) ?? [];
    if (values.length === 0 || none.length === 0) continue;
    const found = median(values) - median(none);
    into.addCount(`${delay} ms`, found, 'ms');
    const unsure = widthOf(values, run.seed) + widthOf(none, run.seed);
    if (unsure > 2 * tolerance_ms)
      run.doubt(
        `a delay of ${delay} ms: it was measured to ${(unsure / 2).toFixed(1)} ms alone, on a machine this busy`,
      );
    else if (Math.abs(found - delay) > tolerance_ms)
      run.fail(`A delay of ${delay} ms was measured as ${found.toFixed(2)} ms (within ${tolerance_ms} ms are right).`);
  }
}
