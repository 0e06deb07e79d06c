import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { type Finding, lints, lintTree, readKargs } from './bootc-lint.ts';
import '../src/test-limit.ts';

const program = join(import.meta.dirname, 'bootc-lint.ts');

/** A tree that passes: the least that a bootable image has. */
class Fixture {
  readonly root: string;
  constructor(t: Test) {
    this.root = mkdtempSync(join(tmpdir(), 'pf-lint-'));
    t.teardown(() => rmSync(this.root, { recursive: true, force: true }));
    chmodSync(this.root, 0o755);
    for (const dir of ['boot', 'dev', 'proc', 'sys', 'run', 'tmp', 'var', 'etc', 'sysroot', 'usr/share/doc'])
      this.dir(dir);
    this.link('ostree', 'sysroot/ostree');
    this.file('usr/lib/ostree/prepare-root.conf', '# on\n[composefs]\nenabled = true\n');
    this.file('usr/lib/os-release', 'ID=bazzite\nID_LIKE="fedora"\n');
    this.file('usr/lib/modules/6.18.0/vmlinuz', 'kernel');
    this.file('usr/lib/modules/6.18.0/initramfs.img', 'initramfs');
    this.file('usr/lib/bootc/kargs.d/10-x.toml', '# why\nkargs = ["a=b", \'c\']\nmatch-architectures = ["x86_64"]\n');
    this.file('usr/lib/sysusers.d/x.conf', 'u root 0\nu! seat - "The seat"\nm seat input\n# u nobody\n');
    this.file('etc/passwd', 'root:x:0:0::/root:/bin/sh\nseat:x:999:999::/var/lib/seat:/bin/sh\n');
    this.file('etc/group', 'root:x:0:\nseat:x:999:\ninput:x:104:seat\n');
    this.file(
      'usr/lib/tmpfiles.d/x.conf',
      'd /var/lib 0755 - - -\nd /var/log/ 0755 - - -\nL /var/run - - - - ../run\n',
    );
    this.dir('var/lib');
    this.dir('var/log');
    this.link('var/run', '../run');
  }
  dir(path: string): void {
    mkdirSync(join(this.root, path), { recursive: true });
  }
  file(path: string, text: string): void {
    this.dir(dirname(path));
    writeFileSync(join(this.root, path), text);
  }
  link(path: string, target: string | Buffer): void {
    symlinkSync(target, join(this.root, path));
  }
  /** Puts a link, or without a target a directory, where something else was. */
  instead(path: string, target?: string): void {
    this.remove(path);
    if (target === undefined) this.dir(path);
    else this.link(path, target);
  }
  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true, force: true });
  }
}

type Spoil = (tree: Fixture) => void;
const latin1 = (tree: Fixture, path: string) =>
  Buffer.concat([Buffer.from(`${tree.root}/${path}`), Buffer.from([0xe9])]);

/** For each lint the ways to spoil a good tree, and the path that must be named. */
const spoilt: Readonly<Record<string, readonly [what: string, path: string, spoil: Spoil][]>> = {
  'var-run': [['a directory', '/var/run', (tree) => tree.instead('var/run')]],
  'etc-usretc': [['both', '/usr/etc', (tree) => tree.dir('usr/etc')]],
  'bootc-kargs': [
    [
      'not TOML',
      '/usr/lib/bootc/kargs.d/20.toml',
      (tree) => tree.file('usr/lib/bootc/kargs.d/20.toml', 'kargs = [a]\n'),
    ],
    [
      'a string',
      '/usr/lib/bootc/kargs.d/20.toml',
      (tree) => tree.file('usr/lib/bootc/kargs.d/20.toml', 'kargs = "a"\n'),
    ],
    [
      'an unknown key',
      '/usr/lib/bootc/kargs.d/20.toml',
      (tree) => tree.file('usr/lib/bootc/kargs.d/20.toml', 'kargs = []\nkarg = []\n'),
    ],
    ['no kargs', '/usr/lib/bootc/kargs.d/20.toml', (tree) => tree.file('usr/lib/bootc/kargs.d/20.toml', '')],
  ],
  kernel: [['two kernels', '/usr/lib/modules', (tree) => tree.file('usr/lib/modules/6.19.0/vmlinuz', 'kernel')]],
  utf8: [
    ['a name', '/usr/share/doc/\ufffd', (tree) => writeFileSync(latin1(tree, 'usr/share/doc/'), '')],
    ['a target', '/usr/share/link', (tree) => tree.link('usr/share/link', Buffer.from([0xff]))],
    ['a name in /var', '/var/lib/\ufffd', (tree) => writeFileSync(latin1(tree, 'var/lib/'), '')],
  ],
  'api-base-directories': ['dev', 'proc', 'sys', 'run', 'tmp', 'var'].map((name) => [
    `${name} is a link`,
    `/${name}`,
    (tree) => tree.instead(name, 'usr'),
  ]),
  'baseimage-root': [
    ['no sysroot', '/sysroot', (tree) => tree.remove('sysroot')],
    ['ostree elsewhere', '/ostree', (tree) => tree.instead('ostree', '/sysroot/ostree')],
    [
      'the copy is wrong',
      '/usr/share/doc/bootc/baseimage/base/ostree',
      (tree) => tree.dir('usr/share/doc/bootc/baseimage/base/sysroot'),
    ],
  ],
  'buildah-injected': [
    ['hostname', '/etc/hostname', (tree) => tree.file('etc/hostname', '')],
    ['resolv.conf', '/etc/resolv.conf', (tree) => tree.file('etc/resolv.conf', '')],
  ],
  'baseimage-composefs': [
    ['no file', '/usr/lib/ostree/prepare-root.conf', (tree) => tree.remove('usr/lib/ostree/prepare-root.conf')],
    [
      'in another section',
      '/usr/lib/ostree/prepare-root.conf',
      (tree) => tree.file('usr/lib/ostree/prepare-root.conf', '[composefs]\nenabled = no\n[root]\nenabled = true\n'),
    ],
  ],
  'var-log': [['a log', '/var/log/dpkg.log', (tree) => tree.file('var/log/dpkg.log', 'line\n')]],
  sysusers: [
    ['a user', '/etc/passwd', (tree) => tree.file('etc/passwd', 'nobody:x:65534:65534::/:/bin/sh\n')],
    ['a group', '/etc/group', (tree) => tree.file('etc/group', 'pipewire:x:998:\n')],
  ],
  'nonempty-boot': [
    ['a kernel', '/boot/vmlinuz', (tree) => tree.file('boot/vmlinuz', 'kernel')],
    ['missing', '/boot', (tree) => tree.remove('boot')],
  ],
  'nonempty-run-tmp': [
    ['run', '/run/lock', (tree) => tree.dir('run/lock')],
    ['tmp', '/tmp/x', (tree) => tree.file('tmp/x', '')],
  ],
  'closed-folder': [
    ['/usr', '/usr', (tree) => chmodSync(join(tree.root, 'usr'), 0o700)],
    ['one below', '/usr/lib', (tree) => chmodSync(join(tree.root, 'usr/lib'), 0o750)],
    [
      'one of ours',
      '/usr/lib/punktfunk/src/config',
      (tree) => {
        tree.dir('usr/lib/punktfunk/src/config');
        chmodSync(join(tree.root, 'usr/lib/punktfunk/src/config'), 0o711);
      },
    ],
    [
      'one on the way to ours',
      '/usr/lib/systemd/user',
      (tree) => {
        tree.file('usr/lib/systemd/user/punktfunk-host.service', '');
        chmodSync(join(tree.root, 'usr/lib/systemd/user'), 0o750);
      },
    ],
    [
      'a file of ours',
      '/usr/lib/bootc/kargs.d/50-punktfunk.toml',
      (tree) => {
        tree.file('usr/lib/bootc/kargs.d/50-punktfunk.toml', 'kargs = ["a=b"]\n');
        chmodSync(join(tree.root, 'usr/lib/bootc/kargs.d/50-punktfunk.toml'), 0o600);
      },
    ],
  ],
  'var-tmpfiles': [
    ['a file', '/var/lib/state', (tree) => tree.file('var/lib/state', '')],
    ['a directory', '/var/lib/x', (tree) => tree.dir('var/lib/x')],
    ['a link', '/var/lock', (tree) => tree.link('var/lock', '../run/lock')],
  ],
};

t.test('a good tree has no findings', async (t) => {
  const tree = new Fixture(t);
  t.same(lintTree(tree.root), []);
  tree.dir('boot/efi');
  tree.file('run/systemd/resolve/stub-resolv.conf', '');
  tree.remove('usr/lib/bootc');
  tree.remove('var/run');
  t.same(
    lintTree(tree.root),
    [],
    'nor has one with an EFI directory, the resolver that the build injects, and no kargs',
  );
});

t.test('every lint is seen to fail', async (t) => {
  t.same(Object.keys(spoilt).sort(), lints.map((lint) => lint.name).sort());
  for (const { name, level } of lints) {
    for (const [what, path, spoil] of spoilt[name] ?? []) {
      const tree = new Fixture(t);
      spoil(tree);
      const found = lintTree(tree.root).filter((finding: Finding) => finding.lint === name);
      t.match(found, [{ lint: name, level, path, allowed: '' }], `${name}: ${what}`);
      t.equal(found.length, 1, `${name}: ${what}, once`);
      t.ok(found.every((finding) => finding.problem !== '' && finding.cure !== ''));
    }
  }
});

t.test('a stand-in is allowed what is named, another base is not', async (t) => {
  const tree = new Fixture(t);
  tree.file('etc/hostname', '');
  tree.file('etc/resolv.conf', '');
  const allowed = () => lintTree(tree.root).map((finding) => finding.allowed !== '');
  t.same(allowed(), [false, false]);
  tree.file('usr/lib/os-release', 'ID=punktfunk-standin\nID_LIKE=debian\n');
  t.same(allowed(), [true, false]);
});

t.test('kernel arguments: the TOML that is read', async (t) => {
  const read = (text: string) => Object.fromEntries(readKargs(text));
  t.same(read('kargs = [ # one\n "a", # two\n \'b\\\',\n]\r\n\n# end'), { kargs: ['a', 'b\\'] });
  t.same(read('kargs=["q\\"uote"] # x'), { kargs: ['q"uote'] });
  t.same(read(''), {});
  for (const bad of [
    'kargs',
    'kargs = ["a"',
    'kargs = ["a" "b"]',
    'kargs = [,]',
    'kargs = ["a"] x = []',
    '[t]\n',
    'kargs = [1]',
  ])
    t.throws(() => readKargs(bad), SyntaxError, bad);
  t.throws(() => readKargs('kargs = []\nkargs = []'), { message: /twice/ });
  t.throws(() => readKargs('\n\nkargs = [1]'), { message: /line 3/ });
});

t.test('the command line', async (t) => {
  const run = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const tree = new Fixture(t);
  t.match(run(tree.root), { status: 0, stdout: /15 lints, 0 to mend/ });
  tree.file('var/log/a.log', 'x');
  t.match(run(tree.root), {
    status: 1,
    stdout: /^warning var-log \/var\/log\/a\.log: is a log of the build; rm \/var/,
  });
  const { status, stdout } = run(tree.root, '--json');
  t.equal(status, 1);
  t.match(JSON.parse(stdout), { clean: false, findings: [{ lint: 'var-log' }, { lint: 'var-tmpfiles' }] });
  t.match(run('--list'), { status: 0, stdout: /var-tmpfiles/ });
  t.match(run(), { status: 2, stderr: /give one ROOT/ });
  t.match(run(join(tree.root, 'none')), { status: 2, stderr: /is not a directory/ });
  t.match(run(join(tree.root, 'etc')), { status: 2, stderr: /not an image's root/ });
  t.match(run('--what'), { status: 2, stderr: /--help/ });
});
