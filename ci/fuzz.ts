// Every fuzzer: first the corpus that is kept (native/fuzz/corpus), whole, then a bounded time on from there: PUNKTFUNK_FUZZ_SECONDS each
// (8). What makes one fail is kept in build/fuzz-findings, and belongs into its corpus once it is mended.

import { globSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Failure, shell } from '../harness/checks/command.ts';
import { able, has } from './abilities.ts';
import { build } from './count.ts';
import { check, finish, root, scratch } from './step.ts';

if (!(await able('fuzzers', has('clang++')))) finish();
const seconds = process.env.PUNKTFUNK_FUZZ_SECONDS ?? '8';
const findings = join(root, 'build/fuzz-findings');
mkdirSync(findings, { recursive: true });
const fuzzers = globSync('native/fuzz/fuzz_*.cpp')
  .map((source) => basename(source, '.cpp'))
  .sort();
const fuzz = async (fuzzer: string, ...words: string[]): Promise<void> => {
  const [program, prefix] = [join(root, 'build/fuzz/native/fuzz', fuzzer), `-artifact_prefix=${findings}/${fuzzer}-`];
  await shell({ cwd: scratch })`${program} ${prefix} ${words}`.catch((error: Error) => {
    throw new Failure(
      `${error.message}\nIf a file is named above: it belongs into native/fuzz/corpus/${fuzzer} once what it shows is mended.`,
    );
  });
};

// The libFuzzer of older releases comes with a clang whose warnings are not ours to follow: gcc's are errors elsewhere.
const clang = ['-DCMAKE_C_COMPILER=clang', '-DCMAKE_CXX_COMPILER=clang++', '-DPUNKTFUNK_WERROR=OFF'];
const level = ['-DCMAKE_BUILD_TYPE=RelWithDebInfo', '-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g1'];
if (await build('fuzz', fuzzers, '-DPUNKTFUNK_FUZZ=ON', ...clang, ...level))
  for (const fuzzer of fuzzers) {
    const [kept, fresh] = [join(root, 'native/fuzz/corpus', fuzzer), join(scratch, 'new', fuzzer)];
    mkdirSync(fresh, { recursive: true });
    if (await check(`${fuzzer}: the kept corpus`, () => fuzz(fuzzer, '-runs=0', kept)))
      await check(fuzzer, () => fuzz(fuzzer, `-max_total_time=${seconds}`, '-print_final_stats=1', fresh, kept));
  }
finish();
