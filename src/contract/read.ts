// Reads a message: what is missing, unknown, misspelt or out of range is refused by its place, as the C++ reader does (native/contract).

import type { Type } from 'typebox';
import { Check, Errors } from 'typebox/schema';

interface Shape {
  anyOf?: Shape[];
  tag?: string;
  type?: string;
  const?: unknown;
  properties?: Record<string, Shape>;
  items?: Shape;
  maxItems?: number;
}

/** Why `value` is not of this schema: "video.fps: must be <= 1000". Undefined when it is. */
export function refusal(schema: Type.TSchema, value: unknown): string | undefined {
  return refused(schema as Shape, value, '');
}

function refused(shape: Shape, value: unknown, place: string): string | undefined {
  const say = (at: string, what: string) => `${at === '' ? 'the message' : at}: ${what}`;
  if (shape.anyOf && shape.tag === undefined) {
    const [some] = shape.anyOf; // or null
    return value === null ? undefined : refused(some as Shape, value, place);
  }
  if (shape.anyOf || shape.type === 'object') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return say(place, 'must be an object');
    const fields = value as Record<string, unknown>;
    const inside = (name: string) => (place === '' ? name : `${place}.${name}`);
    if (shape.anyOf) {
      const tag = shape.tag as string;
      if (!Object.hasOwn(fields, tag)) return say(inside(tag), 'is missing');
      const variant = shape.anyOf.find((one) => one.properties?.[tag]?.const === fields[tag]);
      return variant ? refused(variant, value, place) : say(inside(tag), 'is none that is known');
    }
    const properties = shape.properties ?? {};
    for (const name of Object.keys(fields))
      if (!Object.hasOwn(properties, name)) return say(inside(name), 'is not known');
    for (const [name, property] of Object.entries(properties)) {
      const why = Object.hasOwn(fields, name)
        ? refused(property, fields[name], inside(name))
        : say(inside(name), 'is missing');
      if (why !== undefined) return why;
    }
    return undefined;
  }
  if (shape.type === 'array' && Array.isArray(value) && value.length <= (shape.maxItems ?? 0)) {
    for (const [index, item] of value.entries()) {
      const why = refused(shape.items as Shape, item, `${place}[${index}]`);
      if (why !== undefined) return why;
    }
    return undefined;
  }
  if (Check(shape as Type.TSchema, value)) return undefined;
  return say(place, Errors(shape as Type.TSchema, value)[1][0]?.message ?? 'is not valid');
}
