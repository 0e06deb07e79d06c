// The files of the data directory: JSON with a version. One that cannot be understood is refused and left as it is.

import { readFileSync } from 'node:fs';
import type { Static, TSchema } from 'typebox';
import { Check } from 'typebox/schema';
import { PunktfunkError, reasonOf } from '../errors.ts';

/** What every file of this build has as its `version`. */
export const data_version = 1;

export const damagedFile = (file: string, reason: string): PunktfunkError =>
  new PunktfunkError('DATA_DAMAGED', { file, reason, consequence: 'every client must pair again' });

/**
 * The file's contents, or undefined when there is none. Throws DATA_NEWER for a later version, as after a rollback, DATA_DAMAGED for
 * anything else that is not a whole `schema`; `what` ends the sentence "it does not hold …".
 */
export function readDataFile<S extends TSchema>(file: string, schema: S, what: string): Static<S> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw damagedFile(file, reasonOf(error));
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw damagedFile(file, 'it is not JSON');
  }
  const version = (parsed as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > data_version)
    throw new PunktfunkError('DATA_NEWER', { file, version, known: data_version });
  if (!Check(schema, parsed)) throw damagedFile(file, `it does not hold ${what}`);
  return parsed;
}
