import { type Static, Type } from 'typebox';
import { Nullable } from './common.ts';

/** What a listener had last, where his browser does not say it in a header. */
export const After = Type.String({ maxLength: 64, description: 'The id of the last entry that you had.' });

export const Hello = Type.Object(
  {
    type: Type.Literal('hello'),
    id: Nullable(Type.String({ description: 'What follows comes after the entry with this id.' })),
    time: Type.String({ format: 'date-time' }),
    version: Type.String(),
    gap: Type.Boolean({
      description:
        'Something after the entry that you had is not known any more: it is too long ago, or the host was started again. Ask for the state anew.',
    }),
  },
  { title: 'Hello', description: 'The first message of each stream.' },
);
export type Hello = Static<typeof Hello>;
