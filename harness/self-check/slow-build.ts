// A build of which one encoder is slower, and nothing else (harness/latency/slow_encoder_module.cpp). The product has no hook for it.

import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { package_root } from '../../src/installation.ts';

const native = resolve(package_root, 'build/native');
const encoder = 'punktfunk_encoder_x264.so';
const real_encoder = join(native, 'lib', encoder);

/** slow: 40 ms with each picture; tenth-slower: a tenth more CPU time; unchanged: to hold those against. */
export type Slowness = 'slow' | 'tenth-slower' | 'unchanged';

const moduleOf = (slowness: Slowness): string =>
  slowness === 'unchanged' ? real_encoder : join(native, `test-modules/punktfunk-${slowness}-encoder.so`);

/** What is not built of all that such a build needs: a set-up for development has it. */
export const missingFor = (slowness: Slowness): string | undefined =>
  [real_encoder, moduleOf(slowness)].find((path) => !existsSync(path));

/** In this folder, which is there and empty, with x264 as its one encoder; what PUNKTFUNK_NATIVE_DIR is to be. */
export function makeBuild(folder: string, slowness: Slowness): string {
  const lib = join(folder, 'lib');
  mkdirSync(lib);
  symlinkSync(join(native, 'bin'), join(folder, 'bin'));
  for (const name of readdirSync(join(native, 'lib')))
    if (!name.startsWith('punktfunk_encoder_')) symlinkSync(join(native, 'lib', name), join(lib, name));
  symlinkSync(moduleOf(slowness), join(lib, encoder));
  symlinkSync(real_encoder, join(lib, 'real_encoder.so'));
  return lib;
}
