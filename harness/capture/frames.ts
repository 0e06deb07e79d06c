// What the meter tells of each picture, and what many come to.

import type { CaseRecord, Run } from '../kit/run.ts';
import { next_one } from '../report/plots.ts';

/** Of punktfunk-capture-meter (meter_main.cpp). Times are CLOCK_MONOTONIC. */
export interface CapturedFrame {
  readonly taken_ns: number;
  /** As the compositor or the producer says. */
  readonly presented_ns: number;
  readonly width: number;
  readonly height: number;
  /** Of the source's thread, since the picture before. */
  readonly cpu_us: number;
  /** Of the beacon; absent: none can be read. */
  readonly number?: number;
  readonly painted_ns?: number;
  /** With a pixel that was not painted for that number; absent: not compared. */
  readonly wrong_rows?: number;
}
export interface SourceEnd {
  readonly ended_ns: number;
  readonly process_cpu_us: number;
  /** Captured, and replaced by a newer one before anybody took it. */
  readonly dropped: number;
  readonly failure?: string;
}
export type MeterLine = CapturedFrame | SourceEnd;

export const isEnd = (line: MeterLine): line is SourceEnd => 'ended_ns' in line;

export interface Counted {
  readonly painted: number;
  /** Painted, and in no picture that was captured. */
  readonly skipped: number;
  /** With the number of the one before. */
  readonly repeated: number;
  /** With a smaller number than the one before. */
  readonly backward: number;
  readonly unreadable: number;
  /** Compared, and not all of it is of the number that it carries. */
  readonly torn: number;
  readonly compared: number;
}

export function countFrames(frames: readonly CapturedFrame[]): Counted {
  const numbers = frames.flatMap(({ number }) => number ?? []);
  const compared = frames.flatMap(({ wrong_rows }) => wrong_rows ?? []);
  const distinct = new Set(numbers).size;
  const ends = numbers.reduce(([least, most], one) => [Math.min(least, one), Math.max(most, one)] as const, [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as const);
  const painted = numbers.length === 0 ? 0 : ends[1] - ends[0] + 1;
  return {
    painted,
    skipped: painted - distinct,
    repeated: numbers.filter((one, i) => i > 0 && one === numbers[i - 1]).length,
    backward: numbers.filter((one, i) => i > 0 && one < (numbers[i - 1] ?? one)).length,
    unreadable: frames.length - numbers.length,
    torn: compared.filter((rows) => rows > 0).length,
    compared: compared.length,
  };
}

const ms = (ns: number): number => ns / 1e6;

/** Of a beacon that moves. */
export function addMoving<V>(run: Run<V>, into: CaseRecord, frames: readonly CapturedFrame[], end?: SourceEnd): void {
  const fresh = frames.filter(({ number }, i) => number !== undefined && number !== frames[i - 1]?.number);
  const painted = into.addSeries({
    ...{ name: 'painted to captured', unit: 'ms', from: 'painted', to: 'captured' },
    values: fresh.map(({ taken_ns, painted_ns }) => ms(taken_ns - (painted_ns ?? taken_ns))),
  });
  into.addSeries({
    ...{ name: 'presented to captured', unit: 'ms', from: 'presented, as the producer says', to: 'captured' },
    values: fresh.map(({ taken_ns, presented_ns }) => ms(taken_ns - presented_ns)),
  });
  into.addSeries({
    ...{ name: 'between pictures', unit: 'ms', from: 'captured', to: next_one },
    values: frames.slice(1).map(({ taken_ns }, i) => ms(taken_ns - (frames[i]?.taken_ns ?? taken_ns))),
  });
  into.addSeries({
    ...{ name: "CPU of the source's thread, a picture", unit: 'ms', from: 'the picture before', to: 'captured' },
    values: frames.slice(1).map(({ cpu_us }) => cpu_us / 1000),
  });
  const [first, last] = [frames[0], frames.at(-1)];
  const seconds = first && last ? ms(last.taken_ns - first.taken_ns) / 1000 : 0;
  const fps = seconds > 0 ? (frames.length - 1) / seconds : undefined;
  const counted = countFrames(frames);
  into.addCount('captured', frames.length);
  if (fps !== undefined) into.addCount('captured a second', fps, 'frames/s');
  if (end) {
    into.addCount('captured, and replaced before it was taken', end.dropped);
    if (frames.length > 0)
      into.addCount('CPU of all threads, a picture', end.process_cpu_us / 1000 / frames.length, 'ms');
  }
  addFaults(into, counted);
  run.hold(
    'max-loss',
    counted.painted > 0 ? (100 * counted.skipped) / counted.painted : undefined,
    `${into.name}: painted, never captured`,
  );
  run.hold('min-fps', fps, `${into.name}: captured`);
  run.hold('max-p95-ms', painted?.summary.p95, `${into.name}: painted to captured, p95`);
  judge(run, into.name, counted);
}

function addFaults(into: CaseRecord, counted: Counted): void {
  into.addCount('painted', counted.painted);
  into.addCount('painted, never captured', counted.skipped);
  into.addCount('captured again', counted.repeated);
  into.addCount('out of order', counted.backward);
  into.addCount('without a number', counted.unreadable);
  if (counted.compared > 0) into.addCount('not whole, of those compared', counted.torn);
}

/** Pictures that are not what was painted fail without any limit, unless something is always over them. */
function judge<V>(run: Run<V>, name: string, { torn, compared, backward }: Counted): void {
  if (compared > 0 && torn === compared)
    run.note(
      `${name}: no picture is what the beacon painted. Something lies over it, or scales it: wholeness is not judged.`,
    );
  else if (torn > 0) run.fail(`${name}: ${torn} of ${compared} pictures are not whole.`);
  if (compared === 0) run.note(`${name}: whether pictures are whole was not compared.`);
  if (backward > 0) run.fail(`${name}: ${backward} pictures came out of order.`);
}
