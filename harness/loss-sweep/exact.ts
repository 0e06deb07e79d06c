// What the sweep must find: the probability that a frame cannot be rebuilt, computed without any simulation.

export interface Block {
  readonly data: number;
  readonly parity: number;
}

export interface Loss {
  // Share of packets lost in the long run, 0 to 1.
  readonly rate: number;
  // Mean length of a loss burst in packets; 1 = each packet by itself.
  readonly mean_burst: number;
}

// Lanczos' approximation (Numerical Recipes, 6.1), good to 2e-10.
export function logGamma(x: number): number {
  const coefficients = [
    76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 1.208650973866179e-3,
    -5.395239384953e-6,
  ];
  let series = 1.000000000190015;
  coefficients.forEach((c, i) => {
    series += c / (x + 1 + i);
  });
  const t = x + 5.5;
  return (x + 0.5) * Math.log(t) - t + Math.log((2.5066282746310007 * series) / x);
}

// P(first <= X <= last) for X binomial.
function binomialSum(n: number, p: number, first: number, last: number): number {
  if (first > last || first > n || last < 0) return 0;
  if (p <= 0) return first <= 0 ? 1 : 0;
  if (p >= 1) return last >= n ? 1 : 0;
  const logTerm = (k: number) =>
    logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p);
  const from = Math.max(first, 0);
  const to = Math.min(last, n);
  // Downwards and upwards from the largest term, so that nothing that counts is lost.
  const peak = Math.min(Math.max(Math.floor((n + 1) * p), from), to);
  const largest = Math.exp(logTerm(peak));
  let sum = largest;
  for (let k = peak, term = largest; k < to && term > sum * 1e-18; k++) {
    term *= ((n - k) / (k + 1)) * (p / (1 - p));
    sum += term;
  }
  for (let k = peak, term = largest; k > from && term > sum * 1e-18; k--) {
    term *= (k / (n - k + 1)) * ((1 - p) / p);
    sum += term;
  }
  return Math.min(sum, 1);
}

// A block of n packets dies when more than `parity` of them are lost.
function randomFrameLoss(blocks: readonly Block[], rate: number): number {
  // log of the product of what survives; log1p keeps the small ones.
  let log_survival = 0;
  for (const { data, parity } of blocks)
    log_survival += Math.log1p(-binomialSum(data + parity, rate, parity + 1, data + parity));
  return -Math.expm1(log_survival);
}

// Gilbert's channel: a good and a bad state, every packet of the bad one is lost; a frame begins in the stationary state and its blocks
// follow one another. Steps through all packets with the probability of every number of losses in either state.
function burstFrameLoss(blocks: readonly Block[], { rate, mean_burst }: Loss): number {
  const stay_bad = 1 - 1 / mean_burst;
  const turn_bad = rate / (1 - rate) / mean_burst;
  // Probability of being alive in the state that the *next* packet meets.
  let next_good = 1 - rate;
  let next_bad = rate;
  let dead = 0;
  for (const { data, parity } of blocks) {
    // By losses so far: state of the packet just sent.
    let good = new Float64Array(parity + 1);
    let bad = new Float64Array(parity + 1);
    let good_after = new Float64Array(parity + 1);
    let bad_after = new Float64Array(parity + 1);
    for (let packet = 0; packet < data + parity; packet++) {
      if (packet === 0) {
        good[0] = next_good;
        if (parity >= 1) bad[1] = next_bad;
        else dead += next_bad;
        continue;
      }
      const most = Math.min(packet, parity);
      good_after.fill(0, 0, Math.min(packet + 2, parity + 1));
      bad_after.fill(0, 0, Math.min(packet + 2, parity + 1));
      for (let lost = 0; lost <= most; lost++) {
        const was_good = good[lost] ?? 0;
        const was_bad = bad[lost] ?? 0;
        good_after[lost] = (good_after[lost] ?? 0) + was_good * (1 - turn_bad) + was_bad * (1 - stay_bad);
        const lost_now = was_good * turn_bad + was_bad * stay_bad;
        if (lost < parity) bad_after[lost + 1] = (bad_after[lost + 1] ?? 0) + lost_now;
        else dead += lost_now;
      }
      [good, good_after] = [good_after, good];
      [bad, bad_after] = [bad_after, bad];
    }
    const in_good = good.reduce((sum, x) => sum + x, 0);
    const in_bad = bad.reduce((sum, x) => sum + x, 0);
    next_good = in_good * (1 - turn_bad) + in_bad * (1 - stay_bad);
    next_bad = in_good * turn_bad + in_bad * stay_bad;
  }
  return Math.min(dead, 1);
}

// The probability that a frame of these blocks, sent one after the other, cannot be rebuilt.
export function frameLoss(blocks: readonly Block[], loss: Loss): number {
  return loss.mean_burst > 1 ? burstFrameLoss(blocks, loss) : randomFrameLoss(blocks, loss.rate);
}

// Beyond four standard deviations of a normal distribution, on one side.
export const four_sigma_tail = 3.167e-5;

// How unlikely a count is, or one farther out on its side, where `probability` is the truth. For large counts the same as deviations
// from the mean in units of sigma; unlike those it is right for rare events too.
export function tailOf(observed: number, trials: number, probability: number): number {
  return Math.min(binomialSum(trials, probability, 0, observed), binomialSum(trials, probability, observed, trials));
}
