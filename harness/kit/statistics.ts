// What many values come to, and how sure that is. Values keep the order in which they were measured: neighbours are alike (a busy second
// makes sixty pictures late), so that resamples are made of blocks of neighbours and not of single values, which would make every interval
// too narrow (Künsch 1989, the moving block bootstrap).

export type Interval = [low: number, high: number];

/** By nearest rank, `share` from 0 (the least) to 1; NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[rankOf(share, values.length)] ?? Number.NaN;
}

const rankOf = (share: number, count: number): number => Math.max(1, Math.ceil(share * count)) - 1;

export const median = (values: readonly number[]): number => percentile(values, 0.5);
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of the middle half: neither one bad value nor two middle ones decide. Sorts what it is given. */
function midmean(values: Float64Array): number {
  const cut = Math.floor(values.length / 4);
  let sum = 0;
  values.sort();
  for (let i = cut; i < values.length - cut; i++) sum += values[i] ?? 0;
  return sum / (values.length - 2 * cut);
}

/** Numbers from 0 up to 1 that a seed repeats: sfc32 of Doty-Humphrey's PractRand, as anybody may write it. */
export function random(seed: number): () => number {
  let [a, b, c, d] = [0x9e37_79b9, Math.floor(seed / 2 ** 32) | 0, seed | 0, 1];
  const next = () => {
    const sum = (a + b + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 15; i++) next(); // seeds that are alike are far from each other by then
  return next;
}

const shares = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;
export type Share = keyof typeof shares;

export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Within which each would lie in 95 of 100 measurements. Of one value there is none. */
  readonly between?: Readonly<Record<Share, Interval>>;
}

const resamples = 500;

/** Undefined of nothing: what was not measured has no figures. */
export function summarize(values: readonly number[], seed: number): Summary | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: Share) => sorted[rankOf(shares[share], sorted.length)] ?? Number.NaN;
  const summary = { count: values.length, p50: at('p50'), p95: at('p95'), p99: at('p99'), max: sorted.at(-1) ?? 0 };
  return values.length < 2 ? summary : { ...summary, between: intervals(values, sorted, random(seed)) };
}

function intervals(values: readonly number[], sorted: readonly number[], next: () => number): Record<Share, Interval> {
  const count = values.length;
  const rank = ranksOf(values);
  const block = blockLength(rank);
  const names = Object.keys(shares) as Share[];
  const found: Record<Share, number[]> = { p50: [], p95: [], p99: [] };
  for (let round = 0; round < resamples; round++) {
    const times = new Uint32Array(count); // how often each rank is in this resample
    for (let made = 0; made < count; ) {
      const start = Math.floor(next() * count);
      for (let i = 0; i < block && made < count; i++, made++) {
        const drawn = rank[(start + i) % count] ?? 0;
        times[drawn] = (times[drawn] ?? 0) + 1;
      }
    }
    let below = 0;
    let wanted = 0;
    for (let at = 0; at < count && wanted < names.length; at++) {
      below += times[at] ?? 0;
      for (let name = names[wanted]; name && below > rankOf(shares[name], count); name = names[++wanted])
        found[name].push(sorted[at] ?? Number.NaN);
    }
  }
  const of = (share: Share): Interval => [percentile(found[share], 0.025), percentile(found[share], 0.975)];
  return { p50: of('p50'), p95: of('p95'), p99: of('p99') };
}

/** The place of each value among all, from 0. */
function ranksOf(values: readonly number[]): Uint32Array {
  const order = Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const rank = new Uint32Array(values.length);
  for (const [place, index] of order.entries()) rank[index] = place;
  return rank;
}

/**
 * How long blocks must be to have what neighbours share: so many times the cube root of the count as neighbours are alike (the integrated
 * autocorrelation of the ranks, which a heavy tail does not rule).
 */
function blockLength(rank: Uint32Array): number {
  const count = rank.length;
  const middle = (count - 1) / 2;
  const spread = (count * (count * count - 1)) / 12;
  let time = 1;
  for (let lag = 1; lag < count / 4; lag++) {
    let sum = 0;
    for (let i = lag; i < count; i++) sum += ((rank[i] ?? 0) - middle) * ((rank[i - lag] ?? 0) - middle);
    const alike = sum / spread;
    if (alike < 2 / Math.sqrt(count)) break;
    time += 2 * alike;
  }
  return Math.max(1, Math.min(Math.ceil(time * Math.cbrt(count)), Math.floor(count / 4)));
}

export interface Effect {
  /** How much more B has than A, in the unit of the values. */
  readonly difference: number;
  /** The same as a share of `base`: of what A has. */
  readonly relative: number;
  readonly base: number;
  /** Within which the share lies, but for the doubt that is allowed. */
  readonly between: Interval;
  readonly rounds: number;
}

const effect_resamples = 4000;

/** Of a normal distribution: what is larger in this share of all draws (Abramowitz and Stegun, 26.2.23; off by 0.0005 at most). */
function normalAbove(share: number): number {
  const t = Math.sqrt(-2 * Math.log(share));
  const [above, below] = [
    2.515517 + 0.802853 * t + 0.010328 * t * t,
    1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3,
  ];
  return t - above / below;
}

/**
 * How much wider an interval has to be than resamples of so few values make it. They take the spread of what was drawn for the truth's:
 * of 4 values an interval of 99 in 100 misses it 12 times, of 8 three times. So Student's distribution takes the place of the normal one
 * (Hesterberg 2015, "What teachers should know about the bootstrap"; its quantile as Wallace 1959 has it, 3 % off at most).
 */
function stretchOf(count: number, doubt: number): number {
  const z = normalAbove(doubt / 2);
  const free = count - 1;
  const student = Math.sqrt(free * Math.expm1((z * z * (free - 5 / 6)) / (free - 2 / 3 + 0.1 / free) ** 2));
  return (student / z) * Math.sqrt(count / free);
}

/**
 * Of two things measured in turns: the middles of each round are held against each other, and rounds are drawn anew for the interval, so
 * that what drifts slowly hits both alike. `doubt`: in which share of all comparisons the interval may miss the truth. `least`: of what
 * there is less of in A, a share says nothing; it is then told of this much. Undefined below 4 rounds, of which nobody can say how sure
 * they are.
 */
export function effectOf(
  a: readonly (readonly number[])[],
  b: readonly (readonly number[])[],
  seed: number,
  { doubt = 0.01, least = 0 }: { doubt?: number; least?: number } = {},
): Effect | undefined {
  const pairs = Array.from({ length: Math.min(a.length, b.length) }, (_, i) => [a[i] ?? [], b[i] ?? []] as const)
    .filter(([of_a, of_b]) => of_a.length > 0 && of_b.length > 0)
    .map(([of_a, of_b]) => ({ base: median(of_a), difference: median(of_b) - median(of_a) }));
  if (pairs.length < 4) return undefined;
  const base = Math.max(least, Math.abs(midmean(Float64Array.from(pairs, (pair) => pair.base))));
  if (base === 0) return undefined;
  const differences = Float64Array.from(pairs, (pair) => pair.difference);
  const next = random(seed);
  const drawn = Array.from({ length: effect_resamples }, () =>
    midmean(Float64Array.from(differences, () => differences[Math.floor(next() * differences.length)] ?? 0)),
  );
  const difference = midmean(differences.slice());
  const stretch = stretchOf(pairs.length, doubt);
  const end = (share: number) => (difference + stretch * (percentile(drawn, share) - difference)) / base;
  return {
    difference,
    relative: difference / base,
    base,
    between: [end(doubt / 2), end(1 - doubt / 2)],
    rounds: pairs.length,
  };
}
