// Engines for tests that are the stand-in of fake-engine.ts.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../log.ts';
import { EngineProcess, engine_limits } from './engine-process.ts';
import type { Behaviour } from './fake-engine.ts';
import type { SessionOptions } from './session.ts';

/** What an engine was told, and in which life of its session. */
export interface Told {
  type: string;
  life: number;
  [name: string]: unknown;
}

export interface TestEngines {
  makeEngine: (...parameters: Parameters<SessionOptions['makeEngine']>) => EngineProcess;
  /** What all of them were told, in order. */
  told(): Told[];
}

/** `directory`: where they note what they are told. */
export function testEngines(
  directory: string,
  { behaviour = {}, limits = {}, log }: { behaviour?: Behaviour; limits?: Partial<typeof engine_limits>; log: Logger },
): TestEngines {
  const notes = join(directory, 'engine.log');
  const options = {
    exec_path: process.execPath,
    module_path: join(import.meta.dirname, 'fake-engine.ts'),
    environment: { FAKE_ENGINE: JSON.stringify(behaviour), FAKE_ENGINE_LOG: notes },
    log,
    limits: { ...engine_limits, ...limits },
  };
  return {
    makeEngine: (_, onMessage) => new EngineProcess(options, onMessage),
    told: () => {
      const lines = existsSync(notes) ? readFileSync(notes, 'utf8').split('\n') : [];
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Told);
    },
  };
}
