// What is sampled while a stream goes on, and what becomes of it.

import type { CaseRecord, Run } from '../kit/run.ts';
import { median } from '../kit/statistics.ts';
import { firstSights, hostLatencies } from '../latency/stages.ts';
import type { NativePicture } from '../probe/native.ts';
import { growthOf, least_minutes, least_samples, type Point } from './growth.ts';
import { familyOf, type Held } from './processes.ts';

const kinds = {
  'memory of the host': 'MB',
  'memory of all its processes': 'MB',
  'descriptors of the host': '',
  'descriptors of all its processes': '',
  'threads of all its processes': '',
  latency: 'ms',
} as const;
type Kind = keyof typeof kinds;

const sum = (family: readonly Held[], of: 'memory_mb' | 'descriptors' | 'threads') =>
  family.reduce((all, one) => all + one[of], 0);

export class Recorded {
  readonly #points = new Map<Kind, Point[]>();
  readonly latencies_ms: number[] = [];
  readonly #begun_ms = performance.now();

  get minutes(): number {
    return (performance.now() - this.#begun_ms) / 60_000;
  }

  #add(kind: Kind, value: number): void {
    const points = this.#points.get(kind) ?? [];
    this.#points.set(kind, points);
    points.push([this.minutes, value]);
  }

  /** `one_clock`: the beacon paints in ours; else the host's word is taken. */
  take(pictures: readonly NativePicture[], one_clock: boolean): void {
    const sights = one_clock ? firstSights(pictures) : [];
    const late = one_clock
      ? sights.map(({ picture, painted_ns }) => (picture.decoded_ns - painted_ns) / 1e6)
      : hostLatencies(pictures);
    this.latencies_ms.push(...late);
    if (late.length > 0) this.#add('latency', median(late));
  }

  look(host_pid: number): boolean {
    const family = familyOf(host_pid);
    const [host] = family;
    if (!host) return false;
    this.#add('memory of the host', host.memory_mb);
    this.#add('memory of all its processes', sum(family, 'memory_mb'));
    this.#add('descriptors of the host', host.descriptors);
    this.#add('descriptors of all its processes', sum(family, 'descriptors'));
    this.#add('threads of all its processes', sum(family, 'threads'));
    return true;
  }

  /** What grows fails the run. */
  judge<V>(run: Run<V>, into: CaseRecord): void {
    for (const [kind, points] of this.#points) {
      const unit = kinds[kind];
      into.addCurve({
        name: kind,
        x: { name: 'since it began', unit: 'minutes' },
        y: { name: kind, unit },
        points: thinned(points),
      });
      const growth = growthOf(points, run.seed);
      if (!growth) {
        run.note(
          `Whether anything grows cannot be said of so short a run: after the first quarter, which does not count, ${least_samples} samples and ${least_minutes} minutes are needed.`,
        );
        continue;
      }
      const [low, high] = growth.between.map((one) => (one * 60).toPrecision(3));
      const words = `${(growth.slope * 60).toPrecision(3)} ${unit} an hour (${low} to ${high}), ${(100 * growth.share).toFixed(1)} % in all`;
      into.addCount(`${kind}: growth`, growth.slope * 60, `${unit}/hour`.replace(/^\//, 'an '));
      if (growth.judged === 'growing') run.fail(`${kind} grows: ${words}.`);
      else if (growth.judged === 'unsure') run.doubt(`whether ${kind} grows: ${words}; a longer soak would tell`);
      else run.note(`${kind}: flat, ${words}.`);
    }
  }
}

const max_points = 2000;
const thinned = (points: readonly Point[]): Point[] =>
  points.filter((_, i) => points.length <= max_points || i % Math.ceil(points.length / max_points) === 0);
