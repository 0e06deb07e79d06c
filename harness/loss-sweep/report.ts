// The sweep on a terminal, and two of them side by side.

import { four_sigma_tail, tailOf } from './exact.ts';
import { code_names, codes, keyOf, type Result } from './grid.ts';

export const percent = (share: number): string => `${Number((share * 100).toPrecision(6))}%`;

function rateText(share: number): string {
  if (share === 0) return '0';
  if (share === 1) return '1';
  return share < 0.01 ? share.toExponential(1).replace('e-0', 'e-') : share.toPrecision(2);
}

const lossText = ({ loss }: Result): string =>
  loss.mean_burst > 1 ? `${percent(loss.rate)}/${loss.mean_burst}` : percent(loss.rate);
const distinct = <T>(list: readonly T[]): T[] => [...new Set(list)];

const columns_a_table = 7; // fit a terminal of 80

// Frame loss as measured: frame sizes down, losses across, a table for each code and parity.
export function tables(results: readonly Result[]): string {
  const lines = [
    'Share of frames lost. Across: packet loss; "5%/32" is 5 % lost in bursts of 32.',
    '"!" marks a fault.',
  ];
  for (const parity of distinct(results.map((r) => r.parity_percent)))
    for (const code of codes) {
      const mine = results.filter((r) => r.code === code && r.parity_percent === parity);
      if (mine.length === 0) continue;
      const losses = distinct(mine.map(lossText));
      lines.push('', `${code_names[code]}, ${parity} % parity: frames that cannot be rebuilt`);
      for (let at = 0; at < losses.length; at += columns_a_table) {
        const columns = losses.slice(at, at + columns_a_table);
        lines.push(`${'data shards'.padEnd(12)}${columns.map((c) => c.padStart(9)).join('')}`);
        for (const size of distinct(mine.map((r) => r.data_shards))) {
          const cells = columns.map((column) => {
            const r = mine.find((x) => x.data_shards === size && lossText(x) === column);
            return r ? `${rateText(r.lost_frames / r.frames)}${r.faults.length > 0 ? '!' : ''}` : '';
          });
          lines.push(`${String(size).padEnd(12)}${cells.map((c) => c.padStart(9)).join('')}`);
        }
      }
    }
  return lines.join('\n');
}

export function faultLines(results: readonly Result[]): string[] {
  return results.flatMap((r) => r.faults.map((fault) => `${keyOf(r)}: ${fault}`));
}

export interface SweepDocument {
  /** Why cells are missing; absent: none is. */
  readonly partial?: string;
  readonly version: 1;
  readonly seed: number;
  readonly packets_per_cell: number;
  readonly results: readonly Result[];
}

// Two counts of rare things with one truth: of their sum each has its share, binomially. Frames that survive are counted where they are
// the rarer.
function farApart(a: Result, b: Result): boolean {
  const rare = (r: Result) =>
    a.lost_frames + b.lost_frames > (a.frames + b.frames) / 2 ? r.frames - r.lost_frames : r.lost_frames;
  return tailOf(rare(a), rare(a) + rare(b), a.frames / (a.frames + b.frames)) < four_sigma_tail;
}

// What changed against an earlier run, for the worse first: a cell that should lose more by exact computation (its blocks changed), or
// that lost so many more that the same truth is out of the question.
export function compare(
  now: readonly Result[],
  before: readonly Result[],
): { worse: string[]; better: string[]; missing: number } {
  const earlier = new Map(before.map((r) => [keyOf(r), r]));
  const worse: string[] = [];
  const better: string[] = [];
  let missing = 0;
  for (const r of now) {
    const old = earlier.get(keyOf(r));
    if (!old) {
      missing++;
      continue;
    }
    const text = `${keyOf(r)}: ${rateText(r.lost_frames / r.frames)} of the frames lost, was ${rateText(old.lost_frames / old.frames)} (exact ${rateText(r.exact)}, was ${rateText(old.exact)})`;
    const apart = farApart(r, old);
    const other_truth = Math.abs(r.exact - old.exact) > 1e-9 * Math.max(r.exact, old.exact);
    if (!apart && !other_truth) continue;
    const more = other_truth ? r.exact > old.exact : r.lost_frames / r.frames > old.lost_frames / old.frames;
    (more ? worse : better).push(text);
  }
  return { worse, better, missing };
}
