// The words that are printed work where they are printed.

import { accessSync, constants, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { error_table, PunktfunkError } from './errors.ts';
import { host_command, install_kind, package_root, serve_command } from './installation.ts';

t.test('in a checkout the command is a file that runs, whatever folder one is in', async (t) => {
  t.equal(install_kind, 'checkout');
  const path = host_command.replace(/^'(.*)'$/, '$1');
  t.match(path, /^\//);
  accessSync(path, constants.X_OK);
  t.match(serve_command, /^npm --prefix \/.* start --$/);
  t.match(new PunktfunkError('PORT_TAKEN', { port: 1, use: 'x' }).cure, `${serve_command} --base-port 50000`);
  t.match(new PunktfunkError('DISPLAY_UNAVAILABLE', { reason: 'x' }).cure, `${host_command} doctor`);
});

t.test('installed copies, and one in a folder with a blank', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'pf copy '));
  t.teardown(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'src'));
  for (const [kind, host] of [
    ['deb', 'punktfunk-host'],
    ['image', 'punktfunk-host'],
    ['of another time', `'${root}/tools/bin/punktfunk-host'`],
  ]) {
    writeFileSync(join(root, 'install-kind'), `${kind}\n`);
    // A module of its own for each: what it says is worked out once, when it is loaded.
    const copy = join(root, 'src', `installation-${kind}.ts`);
    writeFileSync(copy, readFileSync(join(import.meta.dirname, 'installation.ts')));
    t.equal((await import(copy)).host_command, host, `${kind}`);
  }
});

t.test('no sentence spells the command itself', async (t) => {
  const rows = Object.entries<{ sentence: string; cure?: string }>(error_table);
  for (const [code, { sentence, cure = '' }] of rows) {
    t.notMatch(sentence + cure, /punktfunk-host |npm |npx /, code);
    const known = /\{(\w+)\}/g;
    for (const [, name = ''] of cure.matchAll(known)) {
      if (name === 'host' || name === 'serve' || name === 'repair') {
        t.notMatch(new PunktfunkError(code as keyof typeof error_table).cure, `{${name}}`, code);
      }
    }
  }
  // Where else words for people are made. Titles and usage name the program; nothing may be typed from them.
  const files = globSync('{src,harness}/**/*.{ts,tsx}', {
    cwd: package_root,
    exclude: (path) => path.endsWith('.test.ts') || path.endsWith('node_modules'),
  });
  t.ok(files.length > 50);
  const kit = /(?<!usage: )punktfunk-harness (\w|-)/;
  const host = /\bnpx |npm (start|run)|punktfunk-host (serve|pair|doctor|status|clients|unpair)/;
  const lines = files
    .filter((file) => file !== 'src/installation.ts')
    .flatMap((file) =>
      readFileSync(join(package_root, file), 'utf8')
        .split('\n')
        .map((line, index) => `${file}:${index + 1}: ${line}`),
    )
    .filter(
      (line) =>
        (kit.test(line) || (line.startsWith('src/') && host.test(line))) && !/:\d+:\s*(\/\/|\*|\/\*)/.test(line),
    );
  t.same(lines, []);
});
