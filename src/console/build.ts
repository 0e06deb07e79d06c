// Builds the console into build/console: hashed names, each text compressed beside itself, and no script or style in the document, which
// the Content-Security-Policy refuses. What the host serves is the files that are there when it starts.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { build, type Plugin } from 'vite';

const checkout = resolve(import.meta.dirname, '../..');
const folder = join(checkout, 'build/console');

/** React Aria brings its words in 30 languages; ours are in one (words.ts). */
const one_language: Plugin = {
  name: 'one-language',
  enforce: 'pre',
  load: (id) =>
    /\/react-(?:aria|stately)\/.*\/intl\/.*\.mjs$/.test(id) && !id.endsWith('/en-US.mjs') ? 'export default {}' : null,
};

await build({
  root: import.meta.dirname,
  configFile: false,
  logLevel: 'warn',
  base: '/',
  plugins: [one_language],
  build: {
    outDir: folder,
    emptyOutDir: true,
    target: 'es2024',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // "use client": for servers that render React, which ours is not.
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
});

for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
  if (!/\.(?:html|js|css|svg)$/.test(name)) continue;
  const file = join(folder, name);
  const content = readFileSync(file);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
}
