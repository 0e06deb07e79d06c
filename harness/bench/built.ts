// What is measured, and measured with, as the build leaves it.

import { join, resolve } from 'node:path';
import { native_dir } from '../../src/installation.ts';

export const engine_addon = join(native_dir, 'punktfunk_engine.node');
export const beacon = resolve(native_dir, '../bin/punktfunk-beacon');
export const judge_program = resolve(native_dir, '../bin/punktfunk-judge');

/** What a host of this checkout runs from. */
export const hostFiles = (root: string): string[] =>
  ['src/main.ts', 'build/native/lib/punktfunk_engine.node', 'node_modules'].map((path) => join(root, path));
