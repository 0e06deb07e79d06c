import * as fc from 'fast-check';
import t from 'tap';
import { Type } from 'typebox';
import { PunktfunkError } from '../errors.ts';
import { fromText, requireFit } from './validation.ts';
import '../test-limit.ts';

const schema = Type.Object(
  { count: Type.Integer({ minimum: 1 }), on: Type.Optional(Type.Boolean()), name: Type.Optional(Type.String()) },
  { additionalProperties: false },
);

t.test('what does not fit is named', async (t) => {
  const said = (value: unknown) => {
    try {
      requireFit(schema, value, 'The query');
      return 'fits';
    } catch (error) {
      return (error as Error).message;
    }
  };
  t.equal(said({ count: 1 }), 'fits');
  t.equal(said({ count: 'x' }), 'The query.count must be integer.');
  t.match(said({ count: 0 }), /^The query\.count must be >= 1\.$/);
  t.match(said({}), /^The query must have required properties count\.$/);
  t.match(said({ count: 1, other: 1 }), /something that is not known/);
  t.equal(said(undefined), 'The query must be object.');
});

t.test('text becomes what its schema wants', async (t) => {
  t.same(fromText(schema, { count: '12', on: 'true', name: '7' }), { count: 12, on: true, name: '7' });
  t.same(fromText(schema, { count: '12x', on: '1' }), { count: '12x', on: '1' });
});

t.test('whatever comes is taken or refused, and nothing else', async () => {
  await fc.assert(
    fc.property(fc.anything(), (value) => {
      try {
        requireFit(schema, value, 'The body');
      } catch (error) {
        if (!(error instanceof PunktfunkError) || error.code !== 'BAD_REQUEST') throw error;
      }
    }),
  );
  await fc.assert(fc.property(fc.dictionary(fc.string(), fc.string()), (query) => void fromText(schema, query)));
});
