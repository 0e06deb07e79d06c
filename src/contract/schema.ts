// The few shapes that messages are made of. What a schema is called here is its name in C++ too (tools/contract/generate.ts): every object
// has exactly its fields, every union a tag, every number a range.

import { type Static, Type } from 'typebox';

export type { Static };

export const Text = (maxLength: number) => Type.String({ maxLength });
export const Flag = Type.Boolean();
export const Whole = (minimum: number, maximum: number, multipleOf = 1) =>
  Type.Integer({ minimum, maximum, ...(multipleOf > 1 && { multipleOf }) });
export const Port = Whole(0, 65_535);
export const Word32 = Whole(0, 0xffff_ffff);
export const Count = Whole(0, Number.MAX_SAFE_INTEGER);
/** Not negative; may have a fraction. */
export const Amount = Type.Number({ minimum: 0 });
export const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const List = <T extends Type.TSchema>(schema: T, maxItems: number) => Type.Array(schema, { maxItems });

/** An object with exactly these fields. */
export const struct = <P extends Type.TProperties>(title: string, properties: P) =>
  Type.Object(properties, { title, additionalProperties: false });

/** One of some objects, told apart by the literal in their field `tag`. */
export const tagged = <T extends Type.TSchema[]>(title: string, tag: string, variants: [...T]) =>
  Type.Union(variants, { title, tag });

/** One of some words. */
export const words = <const T extends string[]>(title: string, values: [...T]) => Type.Enum(values, { title });
/** One of some whole numbers. */
export const numbers = <const T extends number[]>(values: [...T]) => Type.Enum(values);
