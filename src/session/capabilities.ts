// What engines can do on this machine, told by one of them: tried in a process of its own, since a library may end the process that loads
// it. What worked is kept in the data directory for as long as no file of it changes.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Type } from 'typebox';
import { Capabilities, type EncoderCapability } from '../contract/capabilities.ts';
import { refusal } from '../contract/read.ts';
import { PunktfunkError, problemReport, reasonOf, toPunktfunkError } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import type { Logger } from '../log.ts';
import { readPlainFile } from '../plain-file.ts';
import type { EngineProcess } from './engine-process.ts';

export interface CapabilitiesOptions {
  forkEngine: () => EngineProcess;
  /** Of this build. */
  version: string;
  module_dir: string;
  /** Where they are kept. */
  file: string;
  log: Logger;
  /** Where nothing works it is tried again, but only after so long: strangers may ask as often as they like. */
  again_after_ms?: number;
}

/** Asked at any time; the first to ask wait for the engine that tries. Never rejects: what cannot be tried cannot be done. */
export type KnownCapabilities = () => Promise<Capabilities>;

const max_kept_bytes = 1 << 20;

interface Kept {
  key: string;
  capabilities: Capabilities;
}

export const encodersOf = ({ encoders }: Capabilities): EncoderCapability[] =>
  encoders.filter(({ failure }) => failure === null);

/** Throws NO_ENCODER where nothing can be encoded. */
export function requireEncoder(capabilities: Capabilities): void {
  if (encodersOf(capabilities).length > 0) return;
  const failures = capabilities.encoders.flatMap(({ failure }) => (failure ? [problemReport(failure).message] : []));
  throw new PunktfunkError('NO_ENCODER', {
    reason: failures.join(' ').replace(/\.$/, '') || 'the engine that tries them failed',
  });
}

/** Tries. Throws ENGINE_FAILED. */
export async function probeCapabilities({
  forkEngine,
  module_dir,
}: Pick<CapabilitiesOptions, 'forkEngine' | 'module_dir'>): Promise<Capabilities> {
  const engine = forkEngine();
  const capabilities = await engine.probe(module_dir);
  await engine.stop();
  return capabilities;
}

export function knowCapabilities(options: CapabilitiesOptions): KnownCapabilities {
  const { again_after_ms = 10_000, log } = options;
  let known: Promise<Capabilities> | undefined;
  let again_ms = Number.POSITIVE_INFINITY;
  const find = async (): Promise<Capabilities> => {
    const kept = readKept(options);
    if (kept) return kept;
    const found = await probeCapabilities(options).catch((error: unknown) => {
      log.warn({ event: 'not_probed', err: error }, toPunktfunkError(error).advice);
      return nothing;
    });
    const working = encodersOf(found).length;
    if (working === 0) again_ms = performance.now() + again_after_ms;
    else if (working === found.encoders.length) keep(options, found); // else the next host tries again
    return found;
  };
  return () => {
    if (performance.now() >= again_ms) {
      again_ms = Number.POSITIVE_INFINITY;
      known = undefined;
    }
    known ??= find();
    return known;
  };
}

const nothing: Capabilities = {
  type: 'capabilities',
  instruction_set: '',
  encoders: [],
  libraries: [],
};

/** Every file that decides, as it is now: the build's own and those that the engine had loaded. Undefined when one is gone. */
function keyOf({ version, module_dir }: CapabilitiesOptions, libraries: readonly string[]): string | undefined {
  try {
    const own = readdirSync(module_dir)
      .filter((name) => /\.(node|so)$/.test(name))
      .map((name) => join(module_dir, name));
    const files = [...new Set([...own, ...libraries])].sort();
    const lines = files.map((path) => {
      const { size, mtimeMs } = statSync(path);
      return `${path} ${size} ${mtimeMs}`;
    });
    return [version, process.version, ...lines].join('\n');
  } catch {
    return undefined;
  }
}

function readKept(options: CapabilitiesOptions): Capabilities | undefined {
  try {
    const { key, capabilities } = JSON.parse(
      readPlainFile(options.file, { max_bytes: max_kept_bytes }).toString(),
    ) as Kept;
    if (refusal(Capabilities as Type.TSchema, capabilities) !== undefined) return undefined;
    return key === keyOf(options, capabilities.libraries) ? capabilities : undefined;
  } catch {
    return undefined; // none, or none of ours: they are tried again
  }
}

function keep(options: CapabilitiesOptions, capabilities: Capabilities): void {
  const key = keyOf(options, capabilities.libraries);
  if (key === undefined) return;
  try {
    writeFileAtomically(options.file, JSON.stringify({ key, capabilities } satisfies Kept));
  } catch (error) {
    options.log.debug({ event: 'capabilities_not_kept' }, `Capabilities are not kept: ${reasonOf(error)}.`);
  }
}
