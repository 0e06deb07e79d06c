// Where engines are and what they are given: streams and the doctor start them alike.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cache_dir } from '../config/paths.ts';
import { plainEnvironment } from '../environment.ts';
import { native_dir, package_root } from '../installation.ts';

/** The engine's own executable, made by the set-up: compositors grant capture and input by this path. */
export const own_engine_path: string = join(package_root, 'build/libexec/punktfunk/engine');

export function engineOptions(): { exec_path: string; module_path: string; environment: NodeJS.ProcessEnv } {
  return {
    exec_path: existsSync(own_engine_path) ? own_engine_path : process.execPath,
    module_path: join(package_root, 'src/engine/main.ts'),
    environment: { ...plainEnvironment(), NODE_COMPILE_CACHE: cache_dir, PUNKTFUNK_NATIVE_DIR: native_dir },
  };
}
