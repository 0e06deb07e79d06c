// The cells of the sweep: which code, frame size, parity and loss.

import type { Block, Loss } from './exact.ts';

export const codes = ['gf8-gamestream', 'gf8-unlimited', 'gf16'] as const;
export type Code = (typeof codes)[number];

export const code_names: Readonly<Record<Code, string>> = {
  'gf8-gamestream': 'GF(2^8), GameStream: at most 4 blocks of 255',
  'gf8-unlimited': 'GF(2^8), any number of blocks',
  gf16: 'GF(2^16), one block a frame (punktfunk/1)',
};

export const frame_sizes = [1, 8, 21, 102, 255, 509, 1024, 1515, 4000] as const;
const parity_percents = [10, 20, 30] as const;
const losses: readonly Loss[] = [
  ...[0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2].map((rate) => ({ rate, mean_burst: 1 })),
  ...[8, 32, 100].flatMap((mean_burst) => [0.01, 0.02, 0.05, 0.1].map((rate) => ({ rate, mean_burst }))),
];

export interface Cell {
  readonly code: Code;
  readonly data_shards: number;
  readonly parity_percent: number;
  readonly loss: Loss;
}

// What a worker found.
export interface Measured {
  readonly frames: number;
  readonly lost_frames: number;
  readonly corrupt_frames: number;
  readonly packets: number;
  readonly lost_packets: number;
  readonly blocks: readonly Block[];
}

export interface Result extends Cell, Measured {
  readonly exact: number;
  // How unlikely the count of lost frames is where `exact` is the truth.
  readonly tail: number;
  // What is wrong with the cell; nothing when all is well.
  readonly faults: readonly string[];
}

export const everyCell = (): Cell[] =>
  codes.flatMap((code) =>
    frame_sizes.flatMap((data_shards) =>
      parity_percents.flatMap((parity_percent) => losses.map((loss) => ({ code, data_shards, parity_percent, loss }))),
    ),
  );

export const keyOf = ({ code, data_shards, parity_percent, loss }: Cell): string =>
  `${code} ${data_shards} ${parity_percent} ${loss.rate} ${loss.mean_burst}`;

// Frames for about so many packets: enough of small ones to see what is rare, some of large ones.
export function framesOf(cell: Cell, packets: number): number {
  const frame_packets = cell.data_shards * (1 + cell.parity_percent / 100) + 2;
  return Math.min(Math.max(Math.round(packets / frame_packets), 20), 5000);
}

// FNV-1a over the cell's name: every cell has losses of its own, and the same in every run with one seed.
export function seedOf(cell: Cell, seed: number): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(`${seed} ${keyOf(cell)}`))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

const max_block_shards = 255;
const max_gamestream_blocks = 4;

// What the rules of a code make of a frame (docs/gamestream.md, 6.5; docs/punktfunk1.md). Small GameStream frames get more, down to two
// parity shards a block, as clients ask for.
export function blocksOf(code: Code, data_shards: number, parity_percent: number): Block[] {
  const parityOf = (data: number) => Math.ceil((data * parity_percent) / 100);
  if (code === 'gf16') return [{ data: data_shards, parity: Math.max(2, parityOf(data_shards)) }];
  const most = Math.floor((max_block_shards * 100) / (100 + parity_percent));
  let count = Math.ceil(data_shards / most);
  const unprotected = code === 'gf8-gamestream' && count > max_gamestream_blocks;
  if (unprotected) count = max_gamestream_blocks;
  const each = Math.ceil(data_shards / count);
  const blocks: Block[] = [];
  for (let left = data_shards; left > 0; left -= each) {
    const data = Math.min(each, left);
    blocks.push({ data, parity: unprotected ? 0 : parityOf(data) });
  }
  return blocks;
}

// Whether what was on the wire is what the rules say; a sentence when it is not.
export function geometryFault(cell: Cell, sent: readonly Block[]): string | undefined {
  const wanted = blocksOf(cell.code, cell.data_shards, cell.parity_percent);
  const same = sent.length === wanted.length && sent.every((b, i) => b.data === wanted[i]?.data);
  if (!same) return `sent as blocks of ${sent.map((b) => b.data)} data shards, not of ${wanted.map((b) => b.data)}`;
  const little_more = cell.code === 'gf8-gamestream';
  const wrong = sent.findIndex((b, i) => {
    const parity = wanted[i]?.parity ?? 0;
    return little_more
      ? b.parity < parity || (b.parity > parity && b.parity > Math.max(2, 2 * parity))
      : b.parity !== parity;
  });
  return wrong < 0
    ? undefined
    : `block ${wrong} has ${sent[wrong]?.parity} parity shards, not ${wanted[wrong]?.parity}`;
}
