// The clock in which the host's machine stamps, while something is measured: ours, another one that is asked, or one that nobody knows.

import { harness_command } from '../../src/installation.ts';
import { NotMeasured, type Run } from '../kit/run.ts';
import { ClockWatch, default_clock_port } from './clock.ts';

export type ToOurs = (host_ns: number) => number;
type ClockRun = Run<{ readonly clock: string | undefined }>;

const patience_ms = 5000;
/** Of what is carried into the error anyway, as much as is worth a word. */
const worth_a_word_ms = 0.05;

/** Of a host on another machine, whose clock nobody asked. */
export const clocks_apart = {
  name: 'CLOCK_MONOTONIC of each machine',
  error_ms: 0,
  how: 'by how much they differ is not known: nothing is told that begins on one and ends on the other',
} as const;

export class HostClock {
  readonly #run: ClockRun;
  readonly #one_clock: boolean;
  #watch: ClockWatch | undefined;
  #trouble: string | undefined;

  private constructor(run: ClockRun, one_clock: boolean, watch: ClockWatch | undefined) {
    this.#run = run;
    this.#one_clock = one_clock;
    this.#watch = watch;
  }

  /** Throws NotMeasured when nobody answers. */
  static async open(run: ClockRun, { one_clock }: { readonly one_clock: boolean }): Promise<HostClock> {
    const { clock } = run.values;
    if (clock !== undefined) return new HostClock(run, one_clock, await watchClock(clock, run.signal));
    if (!one_clock) {
      run.clock = clocks_apart;
      run.note(
        `The host is on another machine, whose clock is not known, so that nothing is told from its painting on: run "${harness_command} latency serve-clock" there and name it with --clock.`,
      );
    }
    return new HostClock(run, one_clock, undefined);
  }

  get known(): boolean {
    return this.#one_clock || this.#watch !== undefined;
  }

  /** Why nothing can be told between the machines, once that has been found out. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** From now on it is asked no more, and the report knows by how much it may be off. Undefined: nobody can say. Throws NotMeasured. */
  async finish(): Promise<ToOurs | undefined> {
    const run = this.#run;
    if (!this.#watch) return this.#one_clock ? (ns) => ns : undefined;
    const other = await this.#watch.finish(AbortSignal.timeout(patience_ms));
    this.#watch = undefined;
    if (!other) throw new NotMeasured(`The clock at ${run.values.clock} answers no more: nothing is known after that.`);
    run.clock = {
      name: 'CLOCK_MONOTONIC of both machines',
      error_ms: other.error_ms,
      how: `half of the shortest way there and back; they drifted apart by ${other.drift_ms.toFixed(3)} ms`,
    };
    if (this.#one_clock)
      run.note('The host is on this machine: its clock is ours, and --clock can only make the figures less sure.');
    if (other.jumped_ms > 0) {
      this.#trouble = `The clocks of the two machines jumped apart by ${other.jumped_ms.toFixed(1)} ms in the middle (one of them slept, or was moved): nothing between them can be told.`;
      return undefined;
    }
    if (other.uneven_ms > worth_a_word_ms)
      run.note(
        `The clocks of the two machines did not drift apart evenly: some answers are ${other.uneven_ms.toFixed(3)} ms beside a straight line, which is in the error of what is told between them.`,
      );
    return (ns) => other.toOurs(ns);
  }

  close(): void {
    this.#watch?.close();
  }
}

async function watchClock(clock: string, signal: AbortSignal): Promise<ClockWatch> {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(clock) ?? [];
  const watch = await ClockWatch.open(host, Number(port ?? default_clock_port), signal).catch((error: unknown) => {
    throw new NotMeasured(
      `The clock at ${clock} cannot be asked: ${error instanceof Error ? error.message : String(error)}.`,
    );
  });
  if (watch) return watch;
  throw new NotMeasured(`The clock at ${clock} does not answer. Run there: ${harness_command} latency serve-clock`);
}
