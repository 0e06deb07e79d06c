// Holds what comes in against a route's documents, and says in words what does not fit.

import type { TSchema } from 'typebox';
import { Check, Errors } from 'typebox/schema';
import { PunktfunkError } from '../errors.ts';

/** Throws BAD_REQUEST, which names what is wrong; `part` is what people call it. */
export function requireFit(schema: TSchema, value: unknown, part: string): void {
  if (Check(schema, value)) return;
  const [, [first]] = Errors(schema, value);
  const where = `${part}${first?.instancePath.replaceAll('/', '.') ?? ''}`;
  const unknown = first?.keyword === 'boolean' || first?.keyword === 'additionalProperties';
  const reason = unknown
    ? `${where} has something that is not known here`
    : `${where} ${first?.message ?? 'does not fit'}`;
  throw new PunktfunkError('BAD_REQUEST', { reason });
}

/** Text from an address as the numbers and booleans that the schema wants; what is none stays text, and is refused by it. */
export function fromText(schema: TSchema, given: unknown): unknown {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> };
  return Object.fromEntries(
    Object.entries(given as Record<string, unknown>).map(([name, text]) => {
      const type = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
      if (typeof text !== 'string') return [name, text];
      if ((type === 'integer' || type === 'number') && /^-?\d{1,15}(?:\.\d{1,6})?$/.test(text))
        return [name, Number(text)];
      if (type === 'boolean' && (text === 'true' || text === 'false')) return [name, text === 'true'];
      return [name, text];
    }),
  );
}
