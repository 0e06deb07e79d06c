// Documents of the kit, read from outside: JSON of one schema and version, or a sentence that says what is wrong with it.

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { Check, Errors } from 'typebox/schema';

const max_entries = 10_000;
const max_bytes = 256 * 1024 * 1024;

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
    `${name} is a damaged ${what}: ${first?.instancePath || '/'} ${first?.message ?? 'is wrong'}.`,
  );
}

function versionIn(value: unknown, { looks = () => true }: { looks?(value: object): boolean }): unknown {
  return typeof value === 'object' && value !== null && 'version' in value && looks(value) ? value.version : undefined;
}

export function readDocument<T extends Type.TSchema>(kind: Kind<T>, path: string): Static<T> {
  let text: string;
  try {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      if (size > max_bytes) throw new Error(`it has ${size} bytes, and a ${kind.what} has less`);
      text = readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new NoReportError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
  return parseDocument(kind, text, path);
}
