// Examples of each message, made from its schema, and what may not be done to them.

import { isUnion, need, optionalOf, type Shape } from './shape.ts';

/** So many of each message at most: every variant of a target, with and without what may be null. */
const max_examples = 4;

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** The value of a field; `turn` chooses among variants. */
function exampleOf(shape: Shape, name: string, turn: number): Json {
  const optional = optionalOf(shape);
  if (optional) return turn % 2 === 1 ? null : exampleOf(optional, name, turn);
  if (isUnion(shape)) {
    const variants = shape.anyOf ?? [];
    return exampleOf(variants[turn % variants.length] as Shape, name, turn);
  }
  if (shape.const !== undefined) return shape.const;
  if (shape.enum) return shape.enum[turn % shape.enum.length] as Json;
  switch (shape.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(shape.properties ?? {}).map(([field, inner]) => [field, exampleOf(inner, field, turn)]),
      );
    case 'array':
      return [exampleOf(need(shape.items, 'items', shape), name, turn)];
    case 'string':
      return shape.pattern === undefined ? name.slice(0, shape.maxLength) : '0123456789abcdef'.repeat(2);
    case 'boolean':
      return turn % 2 === 0;
    case 'number':
      return name.length + 0.5;
    case 'integer': {
      const { minimum: least = 0, maximum: most = 0, multipleOf = 1 } = shape;
      const value = turn === 2 ? most : turn === 3 ? least : Math.min(most, least + 37 * name.length);
      return value - (value % multipleOf);
    }
    default:
      throw new Error(`No example is known for ${JSON.stringify(shape)}`);
  }
}

export interface Example {
  name: string;
  reader: string;
  type: string;
  message: Json;
  shape: Shape;
}

export function* examples(roots: readonly Shape[]): Generator<Example> {
  for (const root of roots) {
    const reader = root.title === 'HostMessage' ? 'host' : 'engine';
    for (const shape of root.anyOf ?? []) {
      const type = need(shape.properties?.[root.tag ?? '']?.const, 'its tag', shape);
      const seen = new Set<string>();
      for (let turn = 0; turn < max_examples; turn++) {
        const message = exampleOf(shape, '', turn);
        const text = JSON.stringify(message);
        if (seen.has(text)) continue;
        seen.add(text);
        yield { name: turn === 0 ? type : `${type}-${turn + 1}`, reader, type, message, shape: root };
      }
    }
  }
}

export interface Refused {
  /** The place that is named by who refuses. */
  place: string;
  /** JSON pointers: what is taken away, and what is put where. */
  remove?: string;
  put?: string;
  value?: Json;
  /** In place of a value: a text of so many characters. */
  length?: number;
}

/** Every field taken away, misspelt and out of its range, and every object with one field too many. */
export function* refused(shape: Shape, message: Json): Generator<Refused> {
  yield* within(shape, message, '', '');
}

function* within(shape: Shape, value: Json, pointer: string, place: string): Generator<Refused> {
  const optional = optionalOf(shape);
  if (optional) {
    if (value !== null) yield* within(optional, value, pointer, place);
    return;
  }
  if (shape.type === 'array') {
    yield { place, put: pointer, value: 'no list' };
    yield { place, put: pointer, value: Array<Json>((shape.maxItems ?? 0) + 1).fill((value as Json[])[0] ?? null) };
    for (const [index, item] of (value as Json[]).entries())
      yield* within(need(shape.items, 'items', shape), item, `${pointer}/${index}`, `${place}[${index}]`);
    return;
  }
  if (isUnion(shape) || shape.type === 'object') {
    if (pointer !== '') yield { place, put: pointer, value: 7 };
    yield* withinObject(shape, value as { [name: string]: Json }, pointer, place === '' ? '' : `${place}.`);
    return;
  }
  if (shape.maxLength !== undefined) yield { place, put: pointer, length: shape.maxLength + 1 };
  for (const value of outside(shape)) yield { place, put: pointer, value };
}

function* withinObject(shape: Shape, fields: { [name: string]: Json }, pointer: string, inside: string) {
  const { tag } = shape;
  const variant = shape.anyOf?.find((one) => one.properties?.[tag ?? '']?.const === fields[tag ?? '']) ?? shape;
  yield { place: `${inside}one_too_many`, put: `${pointer}/one_too_many`, value: 1 };
  for (const [name, field] of Object.entries(need(variant.properties, 'properties', variant))) {
    const at = `${pointer}/${name}`;
    const misspelt = name === tag ? name : `${name}_`;
    yield { place: inside + name, remove: at };
    yield { place: inside + misspelt, remove: at, put: `${at}_`, value: fields[name] as Json };
    if (name === tag) yield { place: inside + name, put: at, value: 'nothing of the kind' };
    else yield* within(field, fields[name] as Json, at, inside + name);
  }
}

/** Values that a field may not have. */
function outside(shape: Shape): Json[] {
  if (shape.enum) return [typeof shape.enum[0] === 'number' ? 9999 : 'nothing of the kind', null];
  if (shape.const !== undefined) return ['nothing of the kind'];
  switch (shape.type) {
    case 'string':
      return shape.pattern === undefined ? [7] : [7, 'g'.repeat(32), '0'.repeat(31)];
    case 'boolean':
      return [1, 'true'];
    case 'number':
      return ['1', -1];
    case 'integer': {
      const { minimum: least = 0, maximum: most = 0, multipleOf = 1 } = shape;
      const beyond = most < Number.MAX_SAFE_INTEGER ? [most + multipleOf] : [];
      return ['1', 1.5, least - multipleOf, ...beyond, ...(multipleOf > 1 ? [least + 1] : [])];
    }
    default:
      throw new Error(`No value is known that ${JSON.stringify(shape)} would refuse`);
  }
}
