import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { blocksOf, type Cell, everyCell, framesOf, geometryFault, keyOf, type Result, seedOf } from './grid.ts';
import { run } from './main.ts';
import { page, parityNeeded } from './page.ts';
import { compare, tables } from './report.ts';
import { sweep, WorkerError } from './sweep.ts';

const cell: Cell = { code: 'gf16', data_shards: 102, parity_percent: 20, loss: { rate: 0.1, mean_burst: 1 } };

// A worker that answers as told: what sweep.ts makes of it is what is tested.
function scripted(t: { teardown(f: () => void): void }, body: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'loss-sweep-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const path = join(dir, 'worker');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const answering = (lost: number, corrupt: number, blocks: string) =>
  `while read -r id code k percent loss burst frames seed; do
     echo "{\\"id\\":$id,\\"frames\\":$frames,\\"lost_frames\\":${lost},\\"corrupt_frames\\":${corrupt},\\"packets\\":1,\\"lost_packets\\":0,\\"blocks\\":${blocks}}"
   done`;

const options = (worker: string) => ({
  worker,
  seed: 1,
  jobs: 2,
  packets: 61_000,
  progress: () => {},
  signal: new AbortController().signal,
});

t.test('the grid', async (t) => {
  const cells = everyCell();
  t.equal(new Set(cells.map(keyOf)).size, cells.length, 'no cell twice');
  t.equal(new Set(cells.map((c) => seedOf(c, 1))).size, cells.length, 'each has losses of its own');
  t.not(seedOf(cell, 1), seedOf(cell, 2), 'another seed, other losses');
  t.ok(cells.every((c) => framesOf(c, 1000) >= 20));
});

t.test('blocks by the rules', async (t) => {
  t.strictSame(blocksOf('gf16', 1515, 20), [{ data: 1515, parity: 303 }]);
  t.strictSame(blocksOf('gf16', 1, 10), [{ data: 1, parity: 2 }]);
  t.strictSame(blocksOf('gf8-gamestream', 212, 20), [{ data: 212, parity: 43 }]);
  t.strictSame(blocksOf('gf8-gamestream', 213, 20).length, 2);
  t.strictSame(
    blocksOf('gf8-gamestream', 848, 20).map((b) => b.parity),
    [43, 43, 43, 43],
  );
  t.strictSame(
    blocksOf('gf8-gamestream', 849, 20).map((b) => b.parity),
    [0, 0, 0, 0],
    'the wall',
  );
  t.equal(blocksOf('gf8-unlimited', 849, 20).length, 5);
  t.equal(geometryFault(cell, [{ data: 102, parity: 21 }]), undefined);
  t.match(geometryFault(cell, [{ data: 102, parity: 20 }]), /has 20 parity shards, not 21/);
  t.match(geometryFault(cell, [{ data: 100, parity: 21 }]), /blocks of 100 data shards, not of 102/);
});

t.test('parity for one lost frame in a million', async (t) => {
  // docs/transport.md, 5, within the rounding of its table.
  t.ok(Math.abs((parityNeeded('gf16', 1515, 0.05) ?? 0) - 8.5) <= 1);
  t.ok(Math.abs((parityNeeded('gf8-unlimited', 758, 0.1) ?? 0) - 26) <= 1.5);
  t.equal(parityNeeded('gf8-gamestream', 1515, 0.05), null, 'beyond the wall there is none');
});

t.test('a cell passes where the losses are those computed', async (t) => {
  // 490 frames, of which 2.6 are due.
  const [result] = await sweep([cell], options(scripted(t, answering(3, 0, '[[102,21]]'))));
  t.strictSame(result?.faults, []);
  t.equal(result?.frames, 490);
});

t.test('a cell fails beyond 4 sigma, with other bytes, with other blocks', async (t) => {
  const fault = async (lost: number, corrupt: number, blocks: string) =>
    (await sweep([cell], options(scripted(t, answering(lost, corrupt, blocks)))))[0]?.faults ?? [];
  t.match(await fault(15, 0, '[[102,21]]'), [/15 of 490 frames lost where .* are due/]);
  t.match(await fault(3, 1, '[[102,21]]'), [/1 frames came out with other bytes/]);
  t.match(await fault(30, 0, '[[102,11]]'), [/has 11 parity/, /.*/]);
});

t.test('a worker that fails is reported, not waited for', async (t) => {
  await t.rejects(sweep([cell], options(scripted(t, 'exit 3'))), new WorkerError(), 'exits');
  await t.rejects(
    sweep([cell], options(scripted(t, answering(0, 0, '[[102,21]]').replace('$id', '77')))),
    /another cell/,
  );
  await t.rejects(sweep([cell], options('/nonexistent/worker')), /cannot be started/);
});

const made = (lost_frames: number, exact: number): Result => ({
  ...cell,
  frames: 1000,
  lost_frames,
  corrupt_frames: 0,
  packets: 123_000,
  lost_packets: 12_300,
  blocks: [{ data: 102, parity: 21 }],
  exact,
  tail: 1,
  faults: [],
});

t.test('a sweep that is told to end begins no further cell, and has what was done', async (t) => {
  const told = new AbortController();
  const more = { jobs: 1, signal: told.signal, progress: (done: number) => done === 2 && told.abort('SIGTERM') };
  const cells = Array.from({ length: 9 }, () => cell);
  const results = await sweep(cells, { ...options(scripted(t, answering(3, 0, '[[102,21]]'))), ...more });
  t.equal(results.length, 2);
});

t.test('two runs side by side', async (t) => {
  t.strictSame(compare([made(12, 0.01)], [made(9, 0.01)]), { worse: [], better: [], missing: 0 }, 'noise');
  t.equal(compare([made(60, 0.01)], [made(9, 0.01)]).worse.length, 1, 'too many more');
  t.equal(compare([made(9, 0.01)], [made(60, 0.01)]).better.length, 1);
  t.equal(compare([made(999, 1)], [made(970, 1)]).worse.length, 1, 'too few survive');
  t.equal(compare([made(9, 0.02)], [made(9, 0.01)]).worse.length, 1, 'blocks that protect less');
  t.equal(compare([made(9, 0.01)], []).missing, 1);
});

t.test('tables and page show every figure', async (t) => {
  const results = [made(12, 0.01), { ...made(40, 0.05), loss: { rate: 0.15, mean_burst: 1 } }];
  t.match(tables(results), /GF\(2\^16\).*20 % parity[\s\S]*102 +0\.012/);
  const html = page(results, 'one cell', ['gf16 102: <wrong>']);
  t.match(html, /<svg/);
  t.match(html, '&lt;wrong&gt;');
  t.notMatch(html, 'NaN');
  t.match(html, '102 data packets a frame, 20 % parity');
  t.notMatch(page(results.slice(1), 'one point is no line', []), 'NaN');
});

t.test('bad words are told', async (t) => {
  const told: string[] = [];
  const write = process.stderr.write;
  process.stderr.write = ((text: string) => told.push(text) > 0) as typeof write;
  t.teardown(() => {
    process.stderr.write = write;
  });
  t.equal(await run(['--seed', 'x']), 2);
  t.match(told.at(-1), /--seed wants a whole number/);
  t.equal(await run(['--code', 'turbo']), 2);
  t.equal(await run(['--colour']), 2);
  t.equal(await run(['--baseline', '/nonexistent.json']), 2);
  t.match(told.at(-1), /cannot be the baseline/);
  t.equal(await run(['--worker', '/nonexistent/worker']), 1);
  t.match(told.at(-1), /Mend it with: npm --prefix \S+ run setup/);
});
