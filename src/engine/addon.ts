// Finds and loads the native engine, and says what is missing when it cannot be loaded.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { native_dir } from '../installation.ts';

/** One stream. Its last message is `ended`. */
export interface NativeEngine {
  /** A message of the host, as JSON. */
  take(json: string): void;
}

export interface EngineAddon {
  /** Its messages for the host come as JSON. */
  Engine: new (
    tell: (json: string) => void,
  ) => NativeEngine;
  /** What a thread that sends sound is granted, by asking for it on one. */
  soundPriority(): 'realtime' | 'nice' | 'nothing';
  /** Ends the process without running destructors. */
  exitNow(code: number): never;
}

/** Throws an Error whose message is a sentence for people, without a final stop; the cure is a repair. */
export function loadEngineAddon(dir = native_dir): EngineAddon {
  const path = join(dir, 'punktfunk_engine.node');
  if (!existsSync(path)) throw new Error(`The native engine is missing: ${path}`);
  try {
    return createRequire(import.meta.url)(path) as EngineAddon;
  } catch (error) {
    throw new Error(explain(path, error instanceof Error ? error.message : String(error)));
  }
}

function explain(path: string, reason: string): string {
  const library = /(lib[\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(reason)?.[1];
  if (library !== undefined) return `The native engine needs ${library}, which is not installed`;
  if (/undefined symbol|GLIBC|different Node\.js version|invalid ELF header|wrong ELF class/.test(reason))
    return `The native engine ${path} was built for another system or Node.js (${reason})`;
  return `The native engine ${path} cannot be loaded: ${reason}`;
}
