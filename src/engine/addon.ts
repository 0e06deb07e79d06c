// Finds and loads the native engine, and says what is missing when it cannot be loaded.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { repair } from '../installation.ts';
import type { EngineMessage, StartMessage } from '../session/engine-messages.ts';

/** One stream. Its last event is `ended`. */
export interface NativeEngine {
  /** Ends the stream, telling the client `termination_reason` (0: nothing). Joins every native thread. */
  stop(termination_reason: number): void;
}

export interface EngineAddon {
  Engine: new (start: StartMessage, onEvent: (message: EngineMessage) => void) => NativeEngine;
  /** What a thread that sends sound is granted, by asking for it on one. */
  soundPriority(): 'realtime' | 'nice' | 'nothing';
  /** Ends the process without running destructors. */
  exitNow(code: number): never;
}

/** Where the build puts addons and encoder modules. PUNKTFUNK_NATIVE_DIR names another place (tests of other builds). */
export function nativeDir(): string {
  return process.env.PUNKTFUNK_NATIVE_DIR ?? resolve(import.meta.dirname, '../../build/native/lib');
}

/** Throws an Error whose message is a sentence for people. */
export function loadEngineAddon(dir = nativeDir()): EngineAddon {
  const path = join(dir, 'punktfunk_engine.node');
  if (!existsSync(path)) throw new Error(`The native engine is missing: ${path}. Mend it with: ${repair}`);
  try {
    return createRequire(import.meta.url)(path) as EngineAddon;
  } catch (error) {
    throw new Error(explain(path, error instanceof Error ? error.message : String(error)));
  }
}

function explain(path: string, reason: string): string {
  const library = /(lib[\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(reason)?.[1];
  if (library !== undefined)
    return `The native engine needs ${library}, which is not installed. Mend it with: ${repair}`;
  if (/undefined symbol|GLIBC|different Node\.js version|invalid ELF header|wrong ELF class/.test(reason))
    return `The native engine ${path} was built for another system or Node.js (${reason}). Mend it with: ${repair}`;
  return `The native engine ${path} cannot be loaded: ${reason}`;
}
