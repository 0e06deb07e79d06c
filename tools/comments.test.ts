import t from 'tap';
import { sectionsOf, wideComments, wrongCitations } from './comments.ts';

const sections = new Map([
  [
    'wire.md',
    sectionsOf(
      '# Wire\n\n## 6. Video\n\n### 6.8 Pacing, sockets\n\n### 10.1 /applist\n\n## Keys\n\n## Appendix A. Vectors\n',
    ),
  ],
]);
const wrong = (text: string) => wrongCitations({ path: 'a.ts', text }, sections);

t.test('what is cited is there', (t) => {
  for (const citation of [
    'docs/wire.md',
    'docs/wire.md, 6.8',
    'docs/wire.md, 10.1',
    'docs/wire.md, section 6',
    'docs/wire.md, "Keys"',
    'docs/wire.md, A',
  ]) {
    t.same(wrong(`// As it says (${citation}).\n`), [], citation);
  }
  t.same(wrong('// docs/wire.md says 7 things; (docs/wire.md), 9 of them\n'), [], 'not every number is a section');
  t.end();
});

t.test('a document or a section that is not there', (t) => {
  t.same(wrong('# docs/gone.md\n'), ['a.ts cites docs/gone.md, which is not there.']);
  t.same(wrong('// docs/wire.md, 6.9\n'), ['a.ts cites section 6.9 of docs/wire.md, which has none.']);
  t.same(wrong(' * as in docs/wire.md,\n * section 7.\n'), ['a.ts cites section 7 of docs/wire.md, which has none.']);
  t.same(wrong('// docs/wire.md, "Doors"\n'), ['a.ts cites section Doors of docs/wire.md, which has none.']);
  t.end();
});

t.test('a comment that is wider than the page', (t) => {
  const wide = (line: string) => wideComments({ path: 'a.sh', text: `\n${line}\n` }).length;
  const words = 'word '.repeat(30);
  t.same(wideComments({ path: 'a.sh', text: `\n# ${words}\n` }), ['a.sh:2 has 152 columns of 140.']);
  t.equal(wide(` * ${words}`), 1);
  t.equal(wide(`const a = 1; // ${words}`), 1);
  t.equal(wide(`# ${'word '.repeat(20)}`), 0);
  t.equal(wide(`const a = '${words}';`), 0, 'no comment');
  t.equal(wide(`// https://example.org/${'x'.repeat(150)}`), 0, 'nowhere to break');
  t.end();
});
