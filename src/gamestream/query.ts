// Query strings of GameStream's HTTP plane: hostile until read here.

import { PunktfunkError } from '../errors.ts';

const max_parameters = 64;
const max_value_length = 8192; // a client's certificate is about 2.5 KB of hex (docs/gamestream.md, 3.2)

/** A request whose parameters cannot be used; the sentence is for the client's screen. */
export const badQuery = (reason: string) => new PunktfunkError('BAD_REQUEST', { reason });

export type Query = ReadonlyMap<string, string>;

/** Reads the text after `?`. Throws BAD_REQUEST when it is too large or names a parameter twice. */
export function parseQuery(text: string): Query {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (query.size >= max_parameters) throw badQuery('The request has too many parameters');
    if (value.length > max_value_length) throw badQuery('A parameter of the request is too long');
    if (query.has(name)) throw badQuery(`The parameter ${printable(name)} was given twice`);
    query.set(name, value);
  }
  return query;
}

/** `name` as bytes, given in hex of either case; between `min` and `max` bytes. */
export function hexParameter(query: Query, name: string, min: number, max = min): Buffer {
  const text = required(query, name);
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw badQuery(`The parameter ${name} is not hexadecimal`);
  const bytes = Buffer.from(text, 'hex');
  if (bytes.length < min || bytes.length > max) throw badQuery(`The parameter ${name} has a wrong length`);
  return bytes;
}

/** `name` as a whole number in [min, max]; `fallback` when it is absent. */
export function integerParameter(query: Query, name: string, min: number, max: number, fallback?: number): number {
  const text = query.get(name);
  if (text === undefined && fallback !== undefined) return fallback;
  const value = /^-?\d{1,11}$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw badQuery(
      text === undefined
        ? `The parameter ${name} is missing`
        : `The parameter ${name} is not a number from ${min} to ${max}`,
    );
  }
  return value;
}

export function required(query: Query, name: string): string {
  const text = query.get(name);
  if (text === undefined) throw badQuery(`The parameter ${name} is missing`);
  return text;
}

const printable = (text: string): string => text.slice(0, 32).replace(/[^\x20-\x7e]/g, '?');
