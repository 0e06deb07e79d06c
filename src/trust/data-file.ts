// The files of the data directory: JSON with a version. One that cannot be understood is refused and left as it is.

import { type Static, type TSchema, Type } from 'typebox';
import { Check } from 'typebox/schema';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { readPlainFile } from '../plain-file.ts';

/** What a file has as its `version` that has had one form only. */
export const data_version = 1;

/** More than a list of clients as long as it may be. */
const max_file_bytes = 16 << 20;

/** As Date.toISOString() writes it: an end that cannot be read would be no end. */
export const Moment = Type.String({ pattern: '^[+-]?\\d{4,6}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' });

/** What is lost with the identity, and with the list of clients. */
export const pairings_lost = 'every client must pair again';

/** `consequence`: of moving the file away. */
export const damagedFile = (file: string, reason: string, consequence: string): PunktfunkError =>
  new PunktfunkError('DATA_DAMAGED', { file, reason, consequence });

/**
 * The file's contents, or undefined when there is none. Throws DATA_NEWER for a later version, as after a rollback, DATA_DAMAGED for
 * anything else that is not a whole `schema`; `what` ends the sentence "it does not hold …", `newest` is the last version that the schema
 * has.
 */
export function readDataFile<S extends TSchema>(
  file: string,
  schema: S,
  what: string,
  { newest = data_version, consequence }: { newest?: number; consequence: string },
): Static<S> | undefined {
  let text: string;
  try {
    text = readPlainFile(file, { max_bytes: max_file_bytes }).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw damagedFile(file, reasonOf(error), consequence);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw damagedFile(file, 'it is not JSON', consequence);
  }
  const version = (parsed as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > newest)
    throw new PunktfunkError('DATA_NEWER', { file, version, known: newest });
  if (!Check(schema, parsed)) throw damagedFile(file, `it does not hold ${what}`, consequence);
  return parsed;
}
