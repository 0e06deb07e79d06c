// Documents of the kit, read from outside: JSON of one schema and version, or a sentence that says what is wrong with it.

import { closeSync, openSync, readSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { Check, Errors } from 'typebox/schema';
import { plainText } from '../../src/plain-text.ts';

const max_entries = 10_000;
const max_bytes = 256 * 1024 * 1024;
const piece_bytes = 1024 * 1024;

export const Text = Type.String({ maxLength: 4000 });
export const Finite = Type.Number();
export const Count = Type.Integer({ minimum: 0 });
export const struct = <P extends Type.TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
export const list = <T extends Type.TSchema>(schema: T, maxItems = max_entries) => Type.Array(schema, { maxItems });

/** A file that is no such document, in a sentence. */
export class NoReportError extends Error {}

export interface Kind<T extends Type.TSchema> {
  readonly schema: T;
  readonly version: number;
  /** As "a report". */
  readonly what: string;
  /** How one is made, as a sentence. */
  readonly made: string;
  /** Which of the kit's documents it looks like; without it all do. */
  looks?(value: object): boolean;
}

export function parseDocument<T extends Type.TSchema>(kind: Kind<T>, text: string, name: string): Static<T> {
  const { schema, version, what, made } = kind;
  const none = `${name} is no ${what} of the kit`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new NoReportError(`${none}: it is no JSON. ${made}`);
  }
  const told = versionIn(value, kind);
  if (told !== version)
    throw new NoReportError(
      typeof told === 'number'
        ? `${name} is a ${what} of version ${told}, and this kit reads version ${version}. Measure anew.`
        : `${none}. ${made}`,
    );
  if (Check(schema, value)) return value as Static<T>;
  const [first] = Errors(schema, value)[1];
  throw new NoReportError(
    `${name} is a damaged ${what}: ${plainText(first?.instancePath || '/')} ${first?.message ?? 'is wrong'}.`,
  );
}

function versionIn(value: unknown, { looks = () => true }: { looks?(value: object): boolean }): unknown {
  return typeof value === 'object' && value !== null && 'version' in value && looks(value) ? value.version : undefined;
}

export function readDocument<T extends Type.TSchema>(kind: Kind<T>, path: string): Static<T> {
  let text: string;
  try {
    text = textOf(path, kind.what);
  } catch (error) {
    throw new NoReportError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
  return parseDocument(kind, text, path);
}

/** A pipe is read too, and a device no further than a document reaches. */
function textOf(path: string, what: string): string {
  const file = openSync(path, 'r');
  try {
    const pieces: Buffer[] = [];
    for (let bytes = 0; bytes <= max_bytes; ) {
      const piece = Buffer.allocUnsafe(piece_bytes);
      const got = readSync(file, piece);
      if (got === 0) return Buffer.concat(pieces).toString();
      pieces.push(piece.subarray(0, got));
      bytes += got;
    }
    throw new Error(`it has more than ${max_bytes} bytes, and a ${what} has less`);
  } finally {
    closeSync(file);
  }
}
