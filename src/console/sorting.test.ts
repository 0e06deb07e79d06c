import t from 'tap';
import '../test-limit.ts';
import { sorted } from './sorting.ts';

t.test('numbers by size, words as people sort them, equal ones as they were', async (t) => {
  const rows = [
    { name: 'tv 10', age: 5 },
    { name: 'TV 9', age: 100 },
    { name: 'deck', age: 5 },
  ];
  const names = (by: (row: (typeof rows)[number]) => string | number, descending: boolean) =>
    sorted(rows, by, descending).map(({ name }) => name);
  t.same(
    names(({ name }) => name, false),
    ['deck', 'TV 9', 'tv 10'],
  );
  t.same(
    names(({ age }) => age, false),
    ['tv 10', 'deck', 'TV 9'],
  );
  t.same(
    names(({ age }) => age, true),
    ['TV 9', 'tv 10', 'deck'],
  );
});
