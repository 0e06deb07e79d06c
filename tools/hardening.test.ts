// The programs and libraries that people run, as the linker left them: an option that got lost on the way is not seen in any other way.

import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { runChild } from '../src/test-children.ts';

const built = join(import.meta.dirname, '../build/native');
const programs = globSync(['lib/*.{node,so}', 'bin/punktfunk-*', 'native/core/*.so'], { cwd: built });

/** What of the hardening a file does not show; the checked functions of libc and libstdc++ only where something calls for them. */
async function missing(path: string): Promise<string[]> {
  const { code, out, err } = await runChild(['readelf', '--wide', '--dynamic', '--segments', '--dyn-syms', path]);
  if (code !== 0) throw new Error(err);
  const wanted = {
    'all symbols bound at the start': /\bNOW\b/,
    'read-only relocations': /GNU_RELRO/,
    'a guarded stack': /__stack_chk_fail/,
  };
  return Object.entries(wanted).flatMap(([name, pattern]) => (pattern.test(out) ? [] : [name]));
}

t.test('addons, encoders and programs are hardened', async (t) => {
  t.ok(programs.length >= 7, `built: ${programs.join(', ')}`);
  for (const path of programs) t.same(await missing(join(built, path)), [], basename(path));
});

t.test('the engine calls the checked functions of libc and libstdc++', async (t) => {
  const { out } = await runChild(['readelf', '--wide', '--dyn-syms', join(built, 'lib/punktfunk_engine.node')]);
  t.match(out, /__mem\w+_chk|__\w+printf_chk/);
  t.match(out, /__glibcxx_assert_fail/);
});
