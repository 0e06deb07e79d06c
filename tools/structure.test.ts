import t from 'tap';
import { circles, misplaced, undocumented, unusedExports } from './structure/problems.ts';
import { importsOf, includesOf, type Source } from './structure/sources.ts';

const house = [
  [['src/top/'], ['src/neighbour/']],
  [['src/'], ['src/ground/']],
] as const;
const paths = [
  'src/top/a.ts',
  'src/neighbour/b.ts',
  'src/ground/c.ts',
  'src/d.ts',
  'src/ground/c.test.ts',
  'src/test-e.ts',
];
const arrow = (from: string, to: string) => misplaced(house, paths, [{ from, to, names: undefined }]);

t.test('an import points down, or stays in its room', (t) => {
  t.same(arrow('src/top/a.ts', 'src/ground/c.ts'), []);
  t.same(arrow('src/top/a.ts', 'src/top/a.ts'), []);
  t.same(arrow('src/ground/c.ts', 'src/top/a.ts'), [
    'src/ground/c.ts imports src/top/a.ts: src/top/ is on a higher floor.',
  ]);
  const neighbour = 'src/top/a.ts imports src/neighbour/b.ts: src/neighbour/ is on the same floor.';
  t.same(arrow('src/top/a.ts', 'src/neighbour/b.ts'), [neighbour]);
  t.same(arrow('src/d.ts', 'src/ground/c.ts'), ['src/d.ts imports src/ground/c.ts: src/ground/ is on the same floor.']);
  t.end();
});

t.test('tests import everything, and only tests import what is for tests', (t) => {
  t.same(arrow('src/ground/c.test.ts', 'src/top/a.ts'), []);
  t.same(arrow('src/ground/c.test.ts', 'src/test-e.ts'), []);
  t.same(arrow('src/top/a.ts', 'src/test-e.ts'), ['src/top/a.ts imports src/test-e.ts, which only tests may.']);
  t.end();
});

t.test('a file has a room', (t) => {
  t.same(misplaced(house, ['lib/x.ts'], []), ['lib/x.ts is in no room of tools/structure/rooms.ts.']);
  t.end();
});

t.test('imports of values and types, of modules and their members, are seen', (t) => {
  const text = `import { one, type Two as Three } from './b.ts';
import type {
  Four,
} from '../c.ts';
import * as five from './d.ts';
import './e.ts';
export { six } from './f.ts';
import t from 'tap';
const { seven } = await import('./g.ts');
const load = async () => (await import('./h.ts')).eight;
void import('./i.ts').then(console.log);
type Nine = import('./j.ts').Nine;
`;
  t.same(
    importsOf({ path: 'src/x/a.ts', text }).map(({ to, names }) => [to, names]),
    [
      ['src/x/b.ts', ['one', 'Two']],
      ['src/c.ts', ['Four']],
      ['src/x/d.ts', undefined],
      ['src/x/e.ts', undefined],
      ['src/x/f.ts', ['six']],
      ['src/x/g.ts', ['seven']],
      ['src/x/h.ts', ['eight']],
      ['src/x/i.ts', undefined],
      ['src/x/j.ts', ['Nine']],
    ],
  );
  t.end();
});

t.test('includes are found where the compiler finds them', (t) => {
  const there = new Set(['native/core/a.h', 'native/core/b.h', 'native/include/abi.h']);
  const text =
    '#include "core/a.h"\n#include "b.h"\n  #include "abi.h"\n#include "made-by-the-build.h"\n#include <vector>\n';
  const found = includesOf({ path: 'native/core/x.cpp', text }, (path) => there.has(path));
  t.same(
    found.map(({ to }) => to),
    [...there],
  );
  t.end();
});

t.test('circles are told once, those of types too', (t) => {
  const file = (path: string, ...imported: string[]): Source => ({
    path,
    text: imported.map((to) => `import type { X } from './${to}';\n`).join(''),
  });
  const sources = [file('a.ts', 'b.ts', 'd.ts'), file('b.ts', 'c.ts'), file('c.ts', 'a.ts', 'd.ts'), file('d.ts')];
  t.same(circles(sources.flatMap(importsOf)), ['A circle of imports: a.ts → b.ts → c.ts → a.ts.']);
  t.end();
});

t.test('an export has somebody who imports it; a type may be a word of its own file', (t) => {
  const sources = [
    {
      path: 'a.ts',
      text: 'export const used = 1;\nexport async function dead() {}\nexport interface Word {}\nlet x: Word;\nexport type Lost = 1;\n',
    },
    { path: 'b.ts', text: "import { used } from './a.ts';\n" },
  ];
  const told = ['a.ts exports dead, which nobody imports.', 'a.ts exports Lost, which nobody imports.'];
  t.same(unusedExports(sources, sources.flatMap(importsOf)), told);
  const all = { path: 'c.ts', text: "import * as a from './a.ts';\n" };
  t.same(unusedExports([...sources, all], [...sources, all].flatMap(importsOf)), []);
  t.end();
});

t.test('the table of rooms names every source, and nothing else', (t) => {
  const table =
    '## The rooms\n\n| room | holds |\n| --- | --- |\n| `src/a/`, `b.ts` | x |\n| `gone/` | `no/path` |\n\n## Next\n\n| `other` | x |\n';
  t.same(undocumented(['src/a/x.ts', 'b.ts', 'c.ts', 'test-d.ts'], ['src/a/x.ts', 'b.ts'], table), [
    'ARCHITECTURE.md has no row for c.ts.',
    'ARCHITECTURE.md has a row for gone/, which is not there.',
  ]);
  t.end();
});
