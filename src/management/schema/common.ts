// What several documents of the API are made of. One with a title has it as its name in the document of the API and in its types.

import { Type } from 'typebox';

export const Nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** One of these words: as an enum, which generators of clients understand. */
export const OneOf = <T extends string>(...words: T[]) => Type.Enum(words);

export const ErrorReport = Type.Object(
  { code: Type.String(), message: Type.String(), cure: Type.String() },
  { title: 'ErrorReport', description: 'An error for people: what happened, and what to do about it.' },
);

/** Nothing more than that it is done. */
export const Done = Type.Object({}, { title: 'Done', additionalProperties: false });
