import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { expand } from './payload/expand.ts';
import { packageFiles, productionPackages } from './payload/packages.ts';
import { programOf } from './payload/program.ts';
import { readPayload } from './payload/read.ts';
import { differences, manifest, stage } from './payload/stage.ts';
import '../src/test-limit.ts';

const checkout = resolve(import.meta.dirname, '..');
const payload = (args: string[], environment: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [join(checkout, 'packaging/payload.ts'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });

/** A folder with these files, gone after the test. */
function folder(t: Test, files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'payload-'));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

t.test('a line that is wrong is named with what is wrong', async (t) => {
  const wrong: [string, RegExp][] = [
    ['/usr/bin/a 0755 root:root', /needs PATH MODE OWNER SOURCE/],
    ['/usr/bin/a 0755 root:root a all more', /"more" follows the formats/],
    ['/etc/a 0644 root:root a', /\/etc\/a is outside \/usr/],
    ['/usr 0644 root:root a', /outside \/usr/],
    ['/usr/../etc/a 0644 root:root a', /"\.\." part/],
    ['/usr//a 0644 root:root a', /empty/],
    ['/usr/a*b 0644 root:root a', /characters other than/],
    ['/usr/bin/a 755 root:root a', /mode "755" is not octal/],
    ['/usr/bin/a 0888 root:root a', /not octal/],
    ['/usr/bin/a 04755 root:root a', /setuid/],
    ['/usr/bin/a 02755 root:root a', /setgid/],
    ['/usr/bin/a 01755 root:root a', /sticky/],
    ['/usr/bin/a 0775 root:root a', /lets others than root write/],
    ['/usr/bin/a 0757 root:root a', /lets others than root write/],
    ['/usr/bin/a 0600 root:root a', /hides the file/],
    ['/usr/bin/a 0755 punktfunk:root a', /owner is "punktfunk:root"/],
    ['/usr/bin/a 0755 root:root ../a', /"\.\.\/a" is outside the checkout/],
    ['/usr/bin/a 0755 root:root /etc/passwd', /outside the checkout/],
    ['/usr/bin/a 0755 root:root x/../../a', /outside the checkout/],
    ['/usr/lib/a/ 0644 root:root tree:../x', /outside the checkout/],
    ['/usr/lib/a 0644 root:root program:src/main.ts', /fills a folder: write \/usr\/lib\/a\//],
    ['/usr/lib/a/ 0644 root:root text:x', /names a folder/],
    ['/usr/lib/a/ 0644 root:root */x', /in the last part only/],
    ['/usr/bin/a 0755 root:root link:', /names nothing/],
    ['/usr/bin/a 0755 root:root a flatpak', /no format "flatpak"/],
    ['[other]', /\[other\] is no package: \[punktfunk\], \[punktfunk-harness\]/],
  ];
  for (const [line, sentence] of wrong) {
    t.throws(
      () => readPayload(`# one\n\n${line}\n`, 'list'),
      { message: new RegExp(`^list:3: .*${sentence.source}`) },
      line,
    );
  }
});

t.test('what a line names must be there, once, and inside', async (t) => {
  const root = folder(t, { a: 'A', 'd/x1': '1', 'd/x2': '2', 'package.json': '{"version":"1.2.3"}' });
  symlinkSync('/etc/passwd', join(root, 'escape'));
  const of = (text: string, format: 'deb' | 'rpm' = 'deb') => expand(readPayload(text, 'list'), root, format, 'list');
  const refused = (text: string, message: RegExp) => t.throws(() => of(text), { message }, text);
  refused('/usr/a 0644 root:root b', /^list:1: the source b is missing/);
  refused('/usr/a 0644 root:root d', /^list:1: the source d is not a file/);
  refused('/usr/a 0644 root:root escape', /^list:1: the source escape leads out of the checkout, to \/etc\/passwd/);
  refused('/usr/a 0644 root:root a\n/usr/a 0644 root:root a', /^list:2: \/usr\/a is already there, from line 1/);
  refused(
    '/usr/a 0644 root:root a\n/usr/a/b 0644 root:root a',
    /^list:2: \/usr\/a\/b is below \/usr\/a, which is a file/,
  );
  refused('/usr/d/ 0644 root:root d/y*', /^list:1: no file matches d\/y\*/);
  refused('/usr/d/ 0644 root:root tree:e', /^list:1: the folder e is missing/);
  refused('/usr/l 0755 root:root link:/etc/passwd', /^list:1: the link \/usr\/l leads out of the tree/);
  refused('/usr/l 0755 root:root link:../etc/passwd', /leads out of the tree/);
  const list = `
    /usr/d/ 0644 root:root d/x*
    /usr/t/ 0644 root:root tree:d
    /usr/l 0755 root:root link:d/x1 deb
    /usr/z.gz 0644 root:root a
    /usr/k 0644 root:root text:{kind}-{version}`;
  t.same(
    of(list).map(({ path }) => path),
    ['/usr/d/x1', '/usr/d/x2', '/usr/k', '/usr/l', '/usr/t/x1', '/usr/t/x2', '/usr/z.gz'],
  );
  const [z] = of(list).slice(-1);
  const bytes = z && 'bytes' in z.content ? Buffer.from(z.content.bytes) : Buffer.alloc(0);
  t.equal(gunzipSync(bytes).toString(), 'A', 'what is to be compressed is');
  t.same([...bytes.subarray(4, 9)], [0, 0, 0, 0, 2], 'without a time, as small as it gets');
  t.same(of(list).find(({ path }) => path === '/usr/k')?.content, { bytes: 'deb-1.2.3\n' });
  t.notOk(
    of(list, 'rpm').some(({ path }) => path === '/usr/l'),
    'a line for another format',
  );
});

t.test('a program is what its modules import', async (t) => {
  const root = folder(t, {
    'src/main.ts':
      "import { a } from './a.ts';\nimport type { T } from './types.ts';\nconst b = await import('./b.ts');\n",
    'src/a.ts': "import {\n  x,\n} from '@scope/name/deep';\nimport './c.ts';\nexport { y } from './y.ts';\n",
    'src/b.ts': "import { readFileSync } from 'node:fs';\n",
    'src/c.ts': "import './main.ts';\n",
    'src/y.ts': '',
    'src/types.ts': '',
    'src/a.test.ts': '',
    'bad.ts': "import './none.ts';\n",
    'out.ts': "import '../x.ts';\n",
  });
  t.same(programOf(root, ['src/main.ts']), {
    files: ['src/a.ts', 'src/b.ts', 'src/c.ts', 'src/main.ts', 'src/y.ts'],
    packages: ['@scope/name'],
  });
  t.throws(() => programOf(root, ['bad.ts']), { message: /none\.ts, named by bad\.ts, is missing/ });
  t.throws(() => programOf(root, ['out.ts']), { message: /outside the checkout/ });
});

t.test('what two packages need is of the first, and each folder too', async (t) => {
  const root = folder(t, {
    'a.ts': "import './shared/x.ts';\n",
    'kit/b.ts': "import '../shared/x.ts';\n",
    'shared/x.ts': '',
    'package-lock.json': '{"packages":{"":{}}}',
  });
  const list = `
    /usr/lib/punktfunk/ 0644 root:root program:a.ts
    [punktfunk-harness]
    /usr/lib/punktfunk/ 0644 root:root program:kit/b.ts`;
  const items = manifest(expand(readPayload(list, 'list'), root, 'deb', 'list'));
  t.same(
    items.map((item) => [item.package, item.path.replace('/usr/lib/punktfunk', '')]),
    [
      ['punktfunk', ''],
      ['punktfunk', '/a.ts'],
      ['punktfunk-harness', '/kit'],
      ['punktfunk-harness', '/kit/b.ts'],
      ['punktfunk', '/shared'],
      ['punktfunk', '/shared/x.ts'],
    ],
  );
});

t.test('of npm packages the production ones, in the version of the lock file', async (t) => {
  const files = {
    'package-lock.json': JSON.stringify({
      packages: {
        '': { dependencies: { a: '1' }, devDependencies: { dev: '1' }, optionalDependencies: { opt: '1' } },
        'node_modules/a': { version: '1.0.0', dependencies: { b: '2' } },
        'node_modules/a/node_modules/b': { version: '2.0.0', dependencies: { a: '1' } },
        'node_modules/b': { version: '1.0.0', peer: true },
        'node_modules/dev': { version: '1.0.0', dev: true, dependencies: { tool: '1' } },
        'node_modules/opt': { version: '1.0.0', optional: true },
        // Without a flag, since a peer needs it too.
        'node_modules/tool': { version: '1.0.0' },
      },
    }),
    'node_modules/a/package.json': '{"version":"1.0.0","bin":"cli.js"}',
    'node_modules/a/cli.js': '',
    'node_modules/a/index.js': '',
    'node_modules/a/index.d.ts': '',
    'node_modules/a/README.md': '',
    'node_modules/a/LICENSE': '',
    'node_modules/a/test/x.js': '',
    'node_modules/a/lib/test/x.js': '',
    'node_modules/a/node_modules/b/package.json': '{"version":"2.0.0"}',
  };
  const root = folder(t, files);
  t.same(productionPackages(root, 'package-lock.json'), ['node_modules/a', 'node_modules/a/node_modules/b']);
  t.same(
    packageFiles(root, 'node_modules/a').map((path) => path.slice('node_modules/a/'.length)),
    ['LICENSE', 'index.js', 'lib/test/x.js', 'package.json'],
  );
  writeFileSync(join(root, 'node_modules/a/package.json'), '{"version":"2.0.0"}');
  t.throws(() => productionPackages(root, 'package-lock.json'), { message: /is version 2\.0\.0, .* says 1\.0\.0/ });
  symlinkSync('/etc/passwd', join(root, 'node_modules/a/data.json'));
  t.throws(() => packageFiles(root, 'node_modules/a'), { message: /data\.json is a symbolic link/ });
  rmSync(join(root, 'node_modules'), { recursive: true });
  t.throws(() => productionPackages(root, 'package-lock.json'), { message: /cannot be read/ });
  writeFileSync(join(root, 'package-lock.json'), '{"packages":{"":{"dependencies":{"gone":"1"}}}}');
  t.throws(() => productionPackages(root, 'package-lock.json'), { message: /has no gone, which the product needs/ });
});

t.test('two stagings are the same, and differences are told', async (t) => {
  const root = folder(t, { a: 'A', 'package.json': '{"version":"1"}' });
  chmodSync(join(root, 'a'), 0o666);
  const entries = expand(
    readPayload('/usr/lib/punktfunk/a 0755 root:root a\n/usr/lib/punktfunk/l 0755 root:root link:a', 'list'),
    root,
    'deb',
    'list',
  );
  const [one = '', two = ''] = ['one', 'two'].map((name) => join(root, name));
  const umask = process.umask(0o077);
  stage(entries, one, 1_000_000);
  process.umask(0);
  stage(entries, two, 1_000_000);
  process.umask(umask);
  const listed = (path: string) =>
    execFileSync('find', [path, '-printf', '%y %m %T@ %l %P\n'], { encoding: 'utf8' }).split('\n').slice(1).sort();
  t.same(listed(one), listed(two));
  t.equal(statSync(join(one, 'usr/lib/punktfunk/a')).mtimeMs, 1_000_000_000);
  const items = manifest(entries);
  t.same(
    items.map(({ type, path }) => `${type} ${path}`),
    ['folder /usr/lib/punktfunk', 'file /usr/lib/punktfunk/a', 'link /usr/lib/punktfunk/l'],
  );
  t.same(differences(items, one), []);
  t.throws(() => stage(entries, one, 1), { message: /is not empty; nothing was written/ });

  const file = join(one, 'usr/lib/punktfunk/a');
  chmodSync(file, 0o4755);
  writeFileSync(join(one, 'usr/lib/punktfunk/extra'), '');
  t.same(differences(items, one), [
    '/usr/lib/punktfunk/extra is not in the list',
    '/usr/lib/punktfunk/a has mode 04755, not 0755',
  ]);
  writeFileSync(file, 'B');
  chmodSync(file, 0o755);
  rmSync(join(one, 'usr/lib/punktfunk/l'));
  rmSync(join(one, 'usr/lib/punktfunk/extra'));
  t.same(differences(items, one), ['/usr/lib/punktfunk/a has other contents', '/usr/lib/punktfunk/l is missing']);
});

t.test('the list of this checkout', async (t) => {
  const name = join(checkout, 'packaging/payload.txt');
  const lines = readPayload(readFileSync(name, 'utf8'), 'payload.txt');
  const installed = new Set(lines.flatMap(({ formats }) => formats.flatMap((format) => sources(lines, format))));
  t.ok(installed.has('src/main.ts') && installed.has('src/engine/main.ts') && installed.has('harness/main.ts'));
  const files = (under: string) =>
    readdirSync(join(checkout, under), { recursive: true, withFileTypes: true })
      .filter((item) => item.isFile())
      .map((item) => join(item.parentPath, item.name).slice(checkout.length + 1));
  const test_only = /\.test\.ts$|\/testdata\/|^src\/test-|\/test-[\w-]+\.ts$|\/fake-[\w-]+\.ts$/;
  t.same(
    files('src').filter(
      (file) => !file.startsWith('src/console/') && !installed.has(file) && !test_only.test(file) && !typesOnly(file),
    ),
    [],
    'what is left out of src/ is for tests, types alone, or of the console, which is installed as it was built',
  );
  t.same(
    [...installed].filter((file) => test_only.test(file)),
    [],
    'no test is installed',
  );
  t.same(
    files('packaging/linux').filter((file) => !installed.has(file)),
    ['packaging/linux/README.md'],
    'every file of linux/ is installed by some format',
  );
});

function typesOnly(file: string): boolean {
  return !/^(?:export )?(?:async )?(?:const|let|function|class)\b/m.test(readFileSync(join(checkout, file), 'utf8'));
}

function sources(lines: ReturnType<typeof readPayload>, format: 'deb' | 'rpm' | 'arch' | 'sysext' | 'image'): string[] {
  const ours = lines.filter(
    ({ source }) =>
      source.kind === 'program' ||
      source.kind === 'tree' ||
      (source.kind === 'files' && source.pattern.startsWith('packaging/')),
  );
  return expand(ours, checkout, format, 'payload.txt').flatMap(({ content }) =>
    'file' in content ? [content.file.slice(checkout.length + 1)] : [],
  );
}

t.test('the command line', async (t) => {
  t.match(payload(['--help']), { status: 0, stdout: /stage ROOT/ });
  t.match(payload([]), { status: 2 });
  t.match(payload(['list']), { status: 2, stderr: /--kind is one of deb, rpm/ });
  t.match(payload(['list', '--kind', 'x']), { status: 2, stderr: /--kind is one of/ });
  t.match(payload(['list', '--kind', 'deb', '--package', 'x']), {
    status: 2,
    stderr: /--package is one of punktfunk, /,
  });
  t.match(payload(['fly', '/x', '--kind', 'deb']), { status: 2, stderr: /no command "fly"/ });
  t.match(payload(['stage', '--kind', 'deb']), { status: 2 });
  t.match(payload(['list', '--kind', 'deb', '--payload', '/none']), { status: 1, stderr: /\/none cannot be read/ });
  const root = folder(t, { list: '/etc/x 0644 root:root LICENSE-MIT\n', good: '/usr/x 0644 root:root LICENSE-MIT\n' });
  const target = join(root, 'target');
  t.match(payload(['stage', target, '--kind', 'deb', '--payload', join(root, 'list')]), {
    status: 1,
    stderr: /list:1: \/etc\/x is outside/,
  });
  t.notOk(existsSync(target), 'nothing is written for a wrong list');
  const good = ['--kind', 'deb', '--payload', join(root, 'good')];
  t.match(payload(['stage', target, ...good], { SOURCE_DATE_EPOCH: 'yesterday' }), {
    status: 2,
    stderr: /"yesterday", not a number/,
  });
  t.match(payload(['stage', target, ...good], { SOURCE_DATE_EPOCH: '12' }), { status: 0 });
  t.equal(statSync(join(target, 'usr/x')).mtimeMs, 12_000);
  t.match(payload(['verify', target, ...good]), { status: 0, stdout: '' });
  chmodSync(join(target, 'usr/x'), 0o600);
  t.match(payload(['verify', target, ...good]), { status: 1, stdout: /\/usr\/x has mode 0600, not 0644/ });
  t.match(JSON.parse(payload(['list', '--json', ...good]).stdout), [
    { path: '/usr/x', mode: '0644', owner: 'root:root', size: Number, sha256: /^[0-9a-f]{64}$/ },
  ]);
});
