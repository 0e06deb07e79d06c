import fc from 'fast-check';
import t from 'tap';
import { parseXml, XmlError } from './xml.ts';
import '../../src/test-limit.ts';

t.test('elements, attributes, text and entities', async (t) => {
  const root = parseXml(
    '<?xml version="1.0" encoding="utf-8"?>\n<root status_code="200"><a>x &amp; &#x79;</a><b/></root>\n',
  );
  t.equal(root.name, 'root');
  t.equal(root.attributes.get('status_code'), '200');
  t.same(
    root.children.map((child) => [child.name, child.text]),
    [
      ['a', 'x & y'],
      ['b', ''],
    ],
  );
});

t.test('what is not well-formed is refused with its place', async (t) => {
  const broken = [
    '',
    '<root>',
    '<root></rot>',
    '<root a=1/>',
    '<root a="1" a="2"/>',
    '<root a="1"b="2"/>',
    '<root>&nbsp;</root>',
    '<root>&amp</root>',
    '<root>&constructor;</root>',
    '<root>&#xD800;</root>',
    '<root/><root/>',
    '<root/>tail',
    '<!DOCTYPE root><root/>',
    '<root><!-- open</root>',
    '<'.repeat(40),
    '<a>'.repeat(40),
  ];
  for (const source of broken) t.throws(() => parseXml(source), XmlError, JSON.stringify(source));
});

t.test('any input ends in a tree or in an XmlError', async (t) => {
  const soup = fc.array(
    fc.constantFrom('<', '>', '/', 'a', '="', '"', '&', ';', '#x', '1', ' ', '<!--', '-->', '<?xml', '?>'),
  );
  fc.assert(
    fc.property(soup, (pieces) => {
      try {
        parseXml(pieces.join(''));
      } catch (error) {
        if (!(error instanceof XmlError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
  t.pass('nothing else was thrown');
});

t.test('escaped text comes back as it was', async (t) => {
  const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.codePointAt(0)};`);
  fc.assert(
    fc.property(fc.string(), (text) => {
      const root = parseXml(`<r a="${escaped(text)}">${escaped(text)}</r>`);
      t.equal(root.text, text);
      t.equal(root.attributes.get('a'), text);
    }),
  );
});
