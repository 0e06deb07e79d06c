import fc from 'fast-check';
import t from 'tap';
import { Journal, type Numbered } from './journal.ts';
import './test-limit.ts';

const values = (entries: readonly Numbered<string>[]) => entries.map(({ value }) => value);

t.test('a reader that comes back misses nothing, and hears everything once', async (t) => {
  const journal = new Journal<string>({ count: 10 });
  t.equal(journal.newest_id, null);
  const heard: Numbered<string>[] = [];
  const first = journal.read(undefined, (entry) => heard.push(entry));
  t.same(first.missed, []);
  journal.add('1');
  journal.add('2');
  first.end();
  journal.add('3');
  const second = journal.read(heard.at(-1)?.id, (entry) => heard.push(entry));
  t.equal(second.gap, false);
  heard.push(...second.missed);
  journal.add('4');
  t.same(values(heard), ['1', '2', '3', '4']);
  t.equal(journal.newest_id, heard.at(-1)?.id);
});

t.test('what is no longer kept, and what is of another run, is a gap', async (t) => {
  const journal = new Journal<string>({ count: 2 });
  journal.add('1');
  const first = journal.newest_id ?? '';
  journal.add('2');
  journal.add('3');
  t.match(
    journal.read(first, () => {}),
    { gap: false, missed: { length: 2 } },
    'all after it is there',
  );
  journal.add('4');
  const late = journal.read(first, () => {});
  t.equal(late.gap, true);
  t.same(values(late.missed), ['3', '4'], 'what is there all the same');
  t.equal(new Journal({ count: 2 }).read(first, () => {}).gap, true, 'of another run');
});

t.test('size bounds it too, but for the newest', async (t) => {
  const journal = new Journal<string>({ count: 100, bytes: 10, sizeOf: ({ length }) => length });
  for (const value of ['aaaa', 'bbbb', 'cc', 'd']) journal.add(value);
  t.same(values(journal.kept), ['bbbb', 'cc', 'd']);
  journal.add('x'.repeat(50));
  t.same(values(journal.kept), ['x'.repeat(50)]);
  journal.add('y');
  t.same(values(journal.kept), ['y']);
});

t.test('whatever is asked for, the answer is true', async () => {
  const journal = new Journal<string>({ count: 5 });
  for (let count = 1; count <= 12; count++) journal.add(String(count));
  const run = journal.newest_id?.split('-')[0] ?? '';
  const id = fc.oneof(
    fc.string(),
    fc.integer({ min: -2, max: 20 }).map((number) => `${run}-${number}`),
  );
  fc.assert(
    fc.property(id, (id) => {
      const { missed, gap, end } = journal.read(id, () => {});
      end();
      const number = new RegExp(`^${run}-(\\d+)$`).exec(id)?.[1];
      const known = number !== undefined && Number(number) >= 7 && Number(number) <= 12;
      return gap === !known && missed.length === (known ? 12 - Number(number) : 5);
    }),
  );
});
