// What `npm run console` left in build/console; the set-up sees to it that it is that of these sources.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gzipSync } from 'node:zlib';
import t from 'tap';
import '../test-limit.ts';

const folder = join(import.meta.dirname, '../../build/console');
const read = (name: string): Buffer => readFileSync(join(folder, name));
const page = read('index.html').toString();
const files = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true })
  .filter((item) => item.isFile())
  .map((item) => join(item.parentPath, item.name).slice(folder.length + 1));

/** What the document names and what Now, the page behind the sign-in, is made of; with what those modules import before they run. */
function firstPage(): Set<string> {
  const found = new Set(['index.html']);
  const waiting = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name = '']) => name);
  waiting.push(...files.filter((name) => /^assets\/now-.*\.(?:js|css)$/.test(name)));
  for (let name = waiting.pop(); name; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    if (name.endsWith('.js'))
      for (const [, other = ''] of read(name)
        .toString()
        .matchAll(/(?:^|[;}])import\s*(?:[^'"`;()]*?from\s*)?["'`]\.\/([^"'`]+)["'`]/g))
        waiting.push(`assets/${other}`);
  }
  return found;
}

t.test('the first page is at most 200 kB on its way', async (t) => {
  const names = [...firstPage()];
  t.ok(names.some((name) => name.endsWith('.js')));
  t.ok(names.some((name) => name.endsWith('.css')));
  const bytes = names.map((name) => gzipSync(read(name), { level: 9 }).length).reduce((sum, one) => sum + one, 0);
  t.comment(`${bytes} bytes by gzip: ${names.join(', ')}`);
  t.ok(bytes <= 200_000, `${bytes} bytes`);
});

t.test('the document has no script and no style of its own', async (t) => {
  t.notMatch(page, /<style|style=|\son\w+=|javascript:|data:/i);
  for (const [, attributes = '', content] of page.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)) {
    t.match(attributes, /src="\/assets\//);
    t.equal(content, '');
  }
});

t.test('each text is compressed beside itself, and named by its content', async (t) => {
  const texts = files.filter((name) => !name.endsWith('.br'));
  for (const name of texts) {
    t.ok(brotliDecompressSync(read(`${name}.br`)).equals(read(name)), `${name}.br`);
    if (name !== 'index.html') t.match(name, /^assets\/[\w-]+-[\w-]{8}\.(?:js|css|svg)$/);
  }
  t.equal(files.length, texts.length * 2);
});
