// The stream itself: sessions one after the other, each until a fault ends it or its time is up.

import { scheduler } from 'node:timers/promises';
import type { Relay } from '../impair/relay.ts';
import { each } from '../kit/lists.ts';
import { type CaseRecord, NotMeasured } from '../kit/run.ts';
import { clocks_apart } from '../latency/host-clock.ts';
import { inTheHost } from '../latency/stages.ts';
import type { Target } from '../latency/target.ts';
import { untilFirstFrame, watch } from '../latency/watch.ts';
import type { Probe } from '../probe/client.ts';
import { ProbeError } from '../probe/errors.ts';
import type { NativePicture } from '../probe/native.ts';
import type { StreamHandle } from '../probe/stream.ts';
import { burst, type Fault, faultOf, type HostFault, inflict, type Reach, sequence, vanish, whyNot } from './faults.ts';
import type { SoakRun } from './options.ts';
import { Recorded } from './record.ts';

/** How a session ended. */
type SessionEnd = { fault: 'leave' | 'vanish' | 'loss' } | { broken: string; gone?: true } | 'over' | 'calm again';

/** What is soaked, and what can be done to it. */
export interface Soaked extends Reach {
  readonly target: Target;
  /** The host itself, or behind the relay. */
  readonly probe: Probe;
  readonly relay: Relay | undefined;
}

const most_broken = 10;
/** As a person takes to come back: a host that is ending the last stream may take no other (docs/benchmarks.md, Beside Sunshine). */
const away_ms = 1000;
const lossy_s = 10;
const loss = { percent: 10, burst: 4 } as const;

export class Soak {
  readonly #run: SoakRun;
  readonly #soaked: Soaked;
  readonly #case: CaseRecord;
  readonly #record = new Recorded();
  readonly #faults: Generator<Fault, void>;
  readonly #happened = new Map<Fault, number>();
  readonly #unseen = new Map<Fault, number>();
  readonly #after_engine_ms: number[] = [];
  readonly #sample_s: number;
  #next_fault_ms: number;
  #sessions = 0;
  #frames = 0;
  #lost = 0;

  constructor(run: SoakRun, soaked: Soaked) {
    this.#run = run;
    this.#soaked = soaked;
    this.#case = run.newCase('soak');
    this.#sample_s = Math.min(30, Math.max(1, (run.values.minutes * 60) / 1000));
    this.#next_fault_ms = performance.now() + run.values['fault-every-s'] * 1000;
    const wanted = each(run.values.faults, faultOf);
    for (const fault of wanted) {
      const why = whyNot(fault, soaked);
      if (why !== undefined) run.note(`No fault of this kind: ${fault}. ${why}`);
    }
    this.#faults = sequence(
      run.seed,
      wanted.filter((fault) => whyNot(fault, soaked) === undefined),
    );
    if (!soaked.target.one_clock) run.clock = clocks_apart;
    if (soaked.host_pid === undefined)
      run.note('What the host holds is not sampled: it is not on this machine, or --host-pid does not name it.');
  }

  async run(): Promise<void> {
    let broken = 0;
    let lossy = false;
    try {
      while (!this.#over()) {
        const end = await this.#session(lossy);
        if (!this.#over()) await scheduler.wait(away_ms, { signal: this.#run.signal }).catch(() => {});
        lossy = typeof end === 'object' && 'fault' in end && end.fault === 'loss';
        if (typeof end !== 'object' || !('broken' in end)) continue;
        await this.#soaked.relay?.stats(); // throws when it is the relay that is gone, and not the host
        this.#run.fail(`After ${this.#record.minutes.toFixed(1)} minutes: ${end.broken}.`);
        if (end.gone || ++broken >= most_broken) return;
      }
    } finally {
      this.#tell();
    }
  }

  #over(): boolean {
    return this.#run.signal.aborted || this.#record.minutes >= this.#run.values.minutes;
  }

  async #session(lossy: boolean): Promise<SessionEnd> {
    let stream: StreamHandle;
    try {
      stream = await this.#open(lossy);
    } catch (error) {
      if (this.#sessions === 0 || !(error instanceof ProbeError || error instanceof NotMeasured)) throw error;
      return { broken: `the host does not stream any more (${error.message.replace(/\.$/, '')})`, gone: true };
    }
    this.#sessions++;
    let end: SessionEnd | undefined;
    try {
      end = await this.#watch(stream, lossy);
      return end;
    } finally {
      const { video } = stream.summary();
      this.#frames += video?.frames ?? 0;
      if (!lossy) this.#lost += video?.frames_lost ?? 0;
      else this.#count('loss', (video?.datagrams_dropped ?? 0) > 0);
      await this.#leave(stream, end);
    }
  }

  async #leave(stream: StreamHandle, end: SessionEnd | undefined): Promise<void> {
    const { relay } = this.#soaked;
    const fault = typeof end === 'object' && 'fault' in end ? end.fault : undefined;
    if (fault === 'vanish' && relay) return this.#count('vanish', await vanish(relay, () => stream.stop()));
    const { ended } = await stream.stop();
    if (fault === 'leave') this.#count('leave', ended?.how === 'stopped');
  }

  #count(fault: Fault, seen: boolean): void {
    const counts = seen ? this.#happened : this.#unseen;
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
  }

  async #open(lossy: boolean): Promise<StreamHandle> {
    const { width, height, fps, 'bitrate-kbps': bitrate_kbps } = this.#run.values;
    const { app } = this.#soaked.target;
    const stream = await this.#soaked.probe.stream({
      ...{ width, height, fps, bitrate_kbps },
      ...(app === undefined ? {} : { app }),
      ...(lossy ? { loss: { ...loss, seed: this.#run.seed } } : {}),
    });
    try {
      await untilFirstFrame(stream, this.#run.signal);
      const trouble = this.#soaked.target.trouble();
      if (trouble !== undefined) this.#run.note(trouble);
      return stream;
    } catch (error) {
      await stream.stop();
      throw error;
    }
  }

  async #watch(stream: StreamHandle, lossy: boolean): Promise<SessionEnd> {
    const calm_ms = performance.now() + lossy_s * 1000;
    let engine_killed = false;
    while (!this.#over()) {
      this.#run.progress(`${this.#record.minutes.toFixed(1)} of ${this.#run.values.minutes} minutes`);
      const { pictures, ended } = await watch(stream, this.#sample_s, this.#run.signal, () => {});
      if (engine_killed) this.#after_engine_ms.push(...longestWait(pictures));
      engine_killed = false;
      const { target, host_pid } = this.#soaked;
      if (!lossy) this.#record.take(pictures, target.one_clock);
      if (host_pid !== undefined && !this.#record.look(host_pid))
        return { broken: `process ${host_pid} of the host is gone`, gone: true };
      if (ended !== undefined) return { broken: `the stream ended by itself: ${ended}` };
      if (lossy && performance.now() > calm_ms) return 'calm again';
      const fault = this.#dueFault();
      if (fault === 'leave' || fault === 'loss' || fault === 'vanish') return { fault };
      if (fault === undefined) continue;
      const seen = await this.#inflict(fault);
      this.#count(fault, seen);
      engine_killed = seen && fault === 'engine';
    }
    return 'over';
  }

  async #inflict(fault: HostFault | 'burst'): Promise<boolean> {
    const { host_pid, relay } = this.#soaked;
    if (fault === 'burst') return relay !== undefined && (await burst(relay));
    return host_pid !== undefined && (await inflict(fault, host_pid));
  }

  #dueFault(): Fault | undefined {
    if (performance.now() < this.#next_fault_ms || this.#over()) return undefined;
    this.#next_fault_ms = performance.now() + this.#run.values['fault-every-s'] * 1000;
    const { value: fault } = this.#faults.next();
    return fault || undefined;
  }

  #tell(): void {
    const into = this.#case;
    const values = this.#record.latencies_ms;
    const told = this.#soaked.target.one_clock
      ? { name: 'painted to decoded', unit: 'ms', from: 'painted', to: 'decoded', values }
      : inTheHost(values);
    const latency = into.addSeries(told);
    if (!latency && this.#frames > 0)
      this.#run.note(
        `How late pictures are was not measured: ${this.#soaked.target.one_clock ? 'no beacon can be read in them' : 'the host is on another machine, and says nothing of it in its pictures'}.`,
      );
    const waits = { from: 'the last picture', to: 'a picture again', unit: 'ms', values: this.#after_engine_ms };
    into.addSeries({ ...waits, name: "longest wait for a picture after an engine's end" });
    for (const [fault, times] of this.#happened) into.addCount(`faults: ${fault}`, times);
    for (const [fault, times] of this.#unseen) into.addCount(`faults that were not seen to happen: ${fault}`, times);
    into.addCount('sessions', this.#sessions);
    into.addCount('frames', this.#frames);
    into.addCount('frames lost, but where they were lost on purpose', this.#lost);
    this.#run.hold('max-p95-ms', latency?.summary.p95, `${told.name}, p95`);
    const all = this.#frames + this.#lost;
    this.#run.hold('max-loss', all > 0 ? (100 * this.#lost) / all : undefined, 'frames missing');
    this.#record.judge(this.#run, into);
  }
}

function longestWait(pictures: readonly NativePicture[]): number[] {
  const waits = pictures
    .slice(1)
    .map(({ received_ns }, i) => (received_ns - (pictures[i]?.received_ns ?? received_ns)) / 1e6);
  return waits.length === 0 ? [] : [waits.reduce((most, one) => Math.max(most, one))];
}
