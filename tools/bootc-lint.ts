// The checks of `bootc container lint` (bootc 1.16) that look at files, for trees on machines that have no bootc, and one more that it
// makes only inside an image. Reads the tree, changes nothing. One file without imports, so that an image's build can run it alone:
//   node tools/bootc-lint.ts ROOT [--json]

import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface Finding {
  readonly lint: string;
  /** Both end the build; the level is the one that bootc gives. */
  readonly level: 'error' | 'warning';
  /** As seen inside the image: begins with /. */
  readonly path: string;
  readonly problem: string;
  readonly cure: string;
  /** Why it is let pass; empty for what must be mended. */
  readonly allowed: string;
}

type Found = Pick<Finding, 'path' | 'problem' | 'cure'>;
interface Lint {
  readonly name: string;
  readonly level: Finding['level'];
  readonly about: string;
  look(tree: Tree): Found[];
}

/** A root directory. Paths are given as inside the image; links are never followed out of it. */
class Tree {
  readonly root: string;
  constructor(root: string) {
    this.root = resolve(root);
  }
  /** The tree is the machine that runs this: some files there belong to the build, not to the image. */
  get running(): boolean {
    return this.root === '/';
  }
  at(path: string): string {
    return join(this.root, path);
  }
  kind(path: string): 'none' | 'directory' | 'link' | 'file' | 'other' {
    const info = lstatSync(this.at(path), { throwIfNoEntry: false });
    if (!info) return 'none';
    if (info.isDirectory()) return 'directory';
    if (info.isSymbolicLink()) return 'link';
    return info.isFile() ? 'file' : 'other';
  }
  mode(path: string): number {
    return lstatSync(this.at(path)).mode;
  }
  size(path: string): number {
    return lstatSync(this.at(path)).size;
  }
  link(path: string): string {
    return readlinkSync(this.at(path));
  }
  names(path: string): string[] {
    return this.kind(path) === 'directory' ? readdirSync(this.at(path)).sort() : [];
  }
  /** Empty when there is no such file. */
  text(path: string): string {
    return this.kind(path) === 'file' ? readFileSync(this.at(path), 'utf8') : '';
  }
  /** Everything below `path`, parents first; other file systems are not entered. */
  *walk(path: string): Generator<string> {
    const device = lstatSync(this.root).dev;
    const mounted = this.running ? mountPoints() : new Set<string>();
    for (const name of this.names(path)) {
      const inner = join(path, name);
      // Nothing is there under a name that is not UTF-8, which is another lint's finding.
      const info = lstatSync(this.at(inner), { throwIfNoEntry: false });
      // A file's device says nothing: on an overlay it is that of the layer below.
      if (!info || mounted.has(inner) || (info.isDirectory() && info.dev !== device)) continue;
      yield inner;
      if (this.kind(inner) === 'directory') yield* this.walk(inner);
    }
  }
}

function mountPoints(): Set<string> {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return new Set(lines.map((line) => line.split(' ')[4] ?? ''));
}

// --- Formats

/** The little of TOML that a kargs file may hold: `key = ["…"]`, comments. Throws a sentence for anything else. */
export function readKargs(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let rest = text;
  const skip = (pattern = /^(?:[ \t\r\n]|#[^\n]*)*/) => {
    rest = rest.slice(pattern.exec(rest)?.[0].length ?? 0);
  };
  const take = (pattern: RegExp, wanted: string): string => {
    const match = pattern.exec(rest);
    if (!match) {
      const line = text.slice(0, text.length - rest.length).split('\n').length;
      throw new SyntaxError(`line ${line}: ${wanted} expected`);
    }
    rest = rest.slice(match[0].length);
    return match[0];
  };
  for (skip(); rest !== ''; skip()) {
    const key = take(/^[A-Za-z0-9_-]+/, 'a key');
    if (found.has(key)) throw new SyntaxError(`"${key}" is there twice`);
    take(/^[ \t]*=[ \t]*\[/, `"${key} = [" (an array of strings)`);
    const values: string[] = [];
    for (skip(); !rest.startsWith(']'); skip()) {
      if (values.length > 0) {
        take(/^,/, '"," or "]"');
        skip();
        if (rest.startsWith(']')) break;
      }
      const value = take(/^(?:"(?:[^"\\\n]|\\["\\bfnrt])*"|'[^'\n]*')/, 'a string');
      values.push(value.startsWith("'") ? value.slice(1, -1) : (JSON.parse(value) as string));
    }
    take(/^\][ \t]*(?:#[^\n]*)?(?=\r?\n|$)/, '"]" and the end of the line');
    found.set(key, values);
  }
  return found;
}

/** Value of `key` in `[section]` of an ini file; undefined when it is not there. */
function iniValue(text: string, section: string, key: string): string | undefined {
  let inside = false;
  let value: string | undefined;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (line.startsWith('[')) inside = line === `[${section}]`;
    const [name = '', ...rest] = line.split('=');
    if (inside && name.trim() === key) value = rest.join('=').trim();
  }
  return value;
}

/** Lines of configuration files in `dir`, without comments, split into words. */
function configWords(tree: Tree, dir: string): string[][] {
  const files = tree.names(dir).filter((name) => name.endsWith('.conf'));
  const lines = files.flatMap((name) => tree.text(join(dir, name)).split('\n'));
  return lines.filter((line) => /^\s*[^\s#]/.test(line)).map((line) => line.trim().split(/\s+/));
}

function sysusersNames(tree: Tree): { users: Set<string>; groups: Set<string> } {
  const users = new Set<string>();
  const groups = new Set<string>();
  // sysusers.d(5): a user brings the group of its name; "m" makes both when they are missing.
  for (const [type = '', name = '', second = ''] of configWords(tree, '/usr/lib/sysusers.d')) {
    if (/^[um]/.test(type)) users.add(name);
    if (/^[ug]/.test(type)) groups.add(name);
    if (type.startsWith('m')) groups.add(second);
  }
  return { users, groups };
}

// --- The lints, in bootc's words

const clear_run = 'empty it at the end of the build, or mount a tmpfs there in RUN';

function expectBaseRoot(tree: Tree, base: string): Found[] {
  const found: Found[] = [];
  const sysroot = join(base, 'sysroot');
  const ostree = join(base, 'ostree');
  if (tree.kind(sysroot) !== 'directory')
    found.push({ path: sysroot, problem: 'is not a directory', cure: `mkdir ${sysroot}` });
  if (tree.kind(ostree) !== 'link' || tree.link(ostree) !== 'sysroot/ostree')
    found.push({
      path: ostree,
      problem: 'is not a link to sysroot/ostree',
      cure: `ln -sfn sysroot/ostree ${ostree}`,
    });
  return found;
}

export const lints: readonly Lint[] = [
  {
    name: 'var-run',
    level: 'error',
    about: '/var/run is a link',
    look: (tree) =>
      ['none', 'link'].includes(tree.kind('/var/run'))
        ? []
        : [{ path: '/var/run', problem: 'is not a link', cure: 'rm -rf /var/run, and ship a tmpfiles.d entry' }],
  },
  {
    name: 'etc-usretc',
    level: 'error',
    about: 'one of /etc and /usr/etc',
    look: (tree) =>
      tree.kind('/etc') !== 'none' && tree.kind('/usr/etc') !== 'none'
        ? [{ path: '/usr/etc', problem: 'is there beside /etc', cure: 'move its files to /etc; bootc makes /usr/etc' }]
        : [],
  },
  { name: 'bootc-kargs', level: 'error', about: 'kernel arguments can be read', look: lookAtKargs },
  {
    name: 'kernel',
    level: 'error',
    about: 'one kernel at most',
    look(tree) {
      const dir = '/usr/lib/modules';
      const kernels = tree.names(dir).filter((name) => tree.kind(join(dir, name, 'vmlinuz')) !== 'none');
      const problem = `holds ${kernels.length} kernels: ${kernels.join(', ')}`;
      return kernels.length > 1 ? [{ path: dir, problem, cure: 'remove all but one' }] : [];
    },
  },
  { name: 'utf8', level: 'error', about: 'names and link targets are UTF-8', look: lookAtNames },
  {
    name: 'api-base-directories',
    level: 'error',
    about: '/dev /proc /sys /run /tmp /var are directories',
    look: (tree) =>
      ['/dev', '/proc', '/sys', '/run', '/tmp', '/var']
        .filter((path) => tree.kind(path) !== 'directory')
        .map((path) => ({ path, problem: 'is not a directory', cure: `rm -rf ${path} && mkdir ${path}` })),
  },
  {
    name: 'baseimage-root',
    level: 'error',
    about: '/sysroot and the link /ostree',
    look(tree) {
      const copy = '/usr/share/doc/bootc/baseimage/base';
      return [...expectBaseRoot(tree, '/'), ...(tree.kind(copy) === 'none' ? [] : expectBaseRoot(tree, copy))];
    },
  },
  {
    name: 'buildah-injected',
    level: 'warning',
    about: 'no empty /etc/hostname and /etc/resolv.conf left by the build',
    look: (tree) =>
      ['/etc/hostname', '/etc/resolv.conf']
        .filter((path) => !tree.running && tree.kind(path) === 'file' && tree.size(path) === 0)
        .map((path) => ({ path, problem: 'is an empty file that the build left', cure: `rm ${path}` })),
  },
  {
    name: 'baseimage-composefs',
    level: 'warning',
    about: 'composefs is on',
    look(tree) {
      const path = '/usr/lib/ostree/prepare-root.conf';
      const value = iniValue(tree.text(path), 'composefs', 'enabled');
      return /^(?:true|yes|on|1|signed|verity)$/.test(value ?? '')
        ? []
        : [{ path, problem: 'does not enable composefs', cure: 'write "[composefs]" and "enabled = true" into it' }];
    },
  },
  {
    name: 'var-log',
    level: 'warning',
    about: 'no logs of the build',
    look: (tree) =>
      [...tree.walk('/var/log')]
        .filter((path) => tree.kind(path) === 'file' && tree.size(path) > 0)
        .map((path) => ({ path, problem: 'is a log of the build', cure: `rm ${path}` })),
  },
  { name: 'sysusers', level: 'warning', about: 'every user and group has a sysusers.d entry', look: lookAtUsers },
  {
    name: 'nonempty-boot',
    level: 'warning',
    about: '/boot is there and empty',
    look(tree) {
      if (tree.kind('/boot') !== 'directory')
        return [{ path: '/boot', problem: 'is not a directory', cure: 'mkdir /boot' }];
      return tree
        .names('/boot')
        .filter((name) => name.toLowerCase() !== 'efi')
        .map((name) => ({
          path: `/boot/${name}`,
          problem: 'is in /boot, which the installer fills',
          cure: 'kernel and initramfs belong into /usr/lib/modules/VERSION/',
        }));
    },
  },
  {
    name: 'nonempty-run-tmp',
    level: 'warning',
    about: '/run and /tmp are empty',
    look: (tree) =>
      ['/run', '/tmp'].flatMap((dir) =>
        [...tree.walk(dir)].filter((path) => !isInjected(tree, path)).map((path) => left(path, clear_run)),
      ),
  },
  {
    name: 'closed-folder',
    level: 'error',
    about: 'every user reaches and reads what every program needs, and what is ours (not a check of bootc)',
    look: (tree) =>
      everyonesPaths(tree)
        .filter((path) => {
          const needed = { directory: 0o005, file: 0o004, link: 0, none: 0, other: 0 }[tree.kind(path)];
          return (tree.mode(path) & needed) !== needed;
        })
        .map((path) => ({
          path,
          problem: `is closed to ordinary users (mode 0${(tree.mode(path) & 0o777).toString(8)})`,
          cure: `chmod go+rX ${path}; a build with a strict umask does this`,
        })),
  },
  { name: 'var-tmpfiles', level: 'warning', about: 'what is in /var is made by tmpfiles.d', look: lookAtVar },
];

/** The top of the tree, and each of our files with all that leads to it: a base has folders elsewhere that it closes with reason. */
function everyonesPaths(tree: Tree): string[] {
  const paths = new Set(['/', '/usr', ...tree.names('/usr').map((name) => `/usr/${name}`)]);
  for (const path of tree.walk('/usr')) {
    if (!path.includes('punktfunk')) continue;
    for (let above = path; above !== '/'; above = dirname(above)) paths.add(above);
  }
  return [...paths].sort();
}

const left = (path: string, cure: string): Found => ({ path, problem: 'was left by the build', cure });

/** The resolver's file, which buildah and podman mount into the build, and the directories that lead to it. */
function isInjected(tree: Tree, path: string): boolean {
  const injected = '/run/systemd/resolve/stub-resolv.conf';
  if (path === injected) return tree.kind(path) === 'file' && tree.size(path) === 0;
  return injected.startsWith(`${path}/`);
}

function lookAtKargs(tree: Tree): Found[] {
  const dir = '/usr/lib/bootc/kargs.d';
  const known = ['kargs', 'match-architectures'];
  return tree
    .names(dir)
    .filter((name) => name.endsWith('.toml'))
    .flatMap((name) => {
      const path = join(dir, name);
      const bad = (problem: string) => [{ path, problem, cure: 'write kargs = ["name=value", …] and nothing else' }];
      try {
        const keys = [...readKargs(tree.text(path)).keys()];
        const unknown = keys.filter((key) => !known.includes(key));
        if (unknown.length > 0) return bad(`has unknown keys: ${unknown.join(', ')}`);
        return keys.includes('kargs') ? [] : bad('has no kargs');
      } catch (error) {
        return bad(`cannot be read, ${error instanceof Error ? error.message : error}`);
      }
    });
}

const strict_utf8 = new TextDecoder('utf-8', { fatal: true });

function lookAtNames(tree: Tree): Found[] {
  const found: Found[] = [];
  const check = (bytes: Buffer, path: string, what: string) => {
    try {
      strict_utf8.decode(bytes);
    } catch {
      found.push({ path, problem: `${what} is not UTF-8`, cure: 'rename or remove it' });
    }
  };
  const device = lstatSync(tree.root).dev;
  const slash = Buffer.from('/');
  // Bytes all the way down: a name that is not UTF-8 must still be entered.
  const walk = (dir: Buffer) => {
    for (const name of readdirSync(dir, { encoding: 'buffer' })) {
      const inner = Buffer.concat([dir, name]);
      const info = lstatSync(inner);
      const shown = `/${relative(tree.root, inner.toString('utf8'))}`;
      check(name, shown, 'its name');
      if (info.isSymbolicLink()) check(readlinkSync(inner, { encoding: 'buffer' }), shown, 'its target');
      if (info.isDirectory() && info.dev === device) walk(Buffer.concat([inner, slash]));
    }
  };
  walk(Buffer.from(tree.root === '/' ? '/' : `${tree.root}/`));
  return found;
}

function lookAtUsers(tree: Tree): Found[] {
  const { users, groups } = sysusersNames(tree);
  const missing = (path: string, known: Set<string>, letter: string): Found[] =>
    tree
      .text(path)
      .split('\n')
      .map((line) => line.split(':')[0] ?? '')
      .filter((name) => name !== '' && !known.has(name))
      .map((name) => ({
        path,
        problem: `"${name}" has no entry in /usr/lib/sysusers.d`,
        cure: `ship a sysusers.d file with "${letter} ${name}"`,
      }));
  return [...missing('/etc/passwd', users, 'u'), ...missing('/etc/group', groups, 'g')];
}

/** Approximate, as bootc's own: globs and specifiers of tmpfiles.d are not expanded. */
function lookAtVar(tree: Tree): Found[] {
  const made = new Set<string>();
  for (const dir of ['/usr/lib/tmpfiles.d', '/etc/tmpfiles.d'])
    for (const [type = '', path = ''] of configWords(tree, dir))
      if (/^[dDvqQeCLfF]/.test(type)) made.add(path.replace(/^"(.*)"$/, '$1').replace(/\/+$/, ''));
  return [...tree.walk('/var')].flatMap((path) => {
    const kind = tree.kind(path);
    if (kind === 'directory' || kind === 'link')
      return made.has(path)
        ? []
        : [{ path, problem: 'is in /var without a tmpfiles.d entry', cure: `add one, or rm -rf ${path}` }];
    return [
      {
        path,
        problem: 'is a file in /var, which no upgrade reaches',
        cure: 'ship it under /usr, and copy it by tmpfiles.d "C"',
      },
    ];
  });
}

// --- What a stand-in may have. Never for another base: Bazzite's tree passes whole.

interface Allowance {
  readonly lint: string;
  readonly path: RegExp;
  readonly reason: string;
}
const stand_in_ids = ['punktfunk-standin'];
const left_by_run = 'buildah makes it for the time of a RUN and leaves it behind, empty';
const stand_in_allowed: readonly Allowance[] = [
  { lint: 'buildah-injected', path: /^\/etc\/hostname$/, reason: left_by_run },
  { lint: 'nonempty-run-tmp', path: /^\/run\/systemd\/resolve\/resolv\.conf$/, reason: left_by_run },
];

function allowance(tree: Tree, lint: string, found: Found): string {
  const release = tree.text('/usr/lib/os-release') || tree.text('/etc/os-release');
  const id = /^ID="?([^"\n]*)"?$/m.exec(release)?.[1] ?? '';
  if (!stand_in_ids.includes(id)) return '';
  const fits = (one: Allowance) => one.lint === lint && one.path.test(found.path);
  return stand_in_allowed.find(fits)?.reason ?? '';
}

/** Every finding in the tree at `root`, in the lints' order. Throws when `root` cannot be read. */
export function lintTree(root: string): Finding[] {
  const tree = new Tree(root);
  return lints.flatMap(({ name, level, look }) =>
    look(tree).map((found) => ({ lint: name, level, ...found, allowed: allowance(tree, name, found) })),
  );
}

// --- Command line

const help = `usage: node tools/bootc-lint.ts ROOT [--json]

Looks at the tree of a bootable container as "bootc container lint
--fatal-warnings" does, for machines without bootc.

  node tools/bootc-lint.ts build/image/root
  # the last step of an image's build:
  node tools/bootc-lint.ts /
  node tools/bootc-lint.ts ROOT --json

  --json   one JSON document on standard output
  --list   the lints

One line a finding: level, lint, path, what is wrong, what to do. Exit codes: 0
clean, 1 something must be mended, 2 usage.`;

function fail(sentence: string): number {
  process.stderr.write(`bootc-lint: ${sentence}\n`);
  return 2;
}

function main(words: string[]): number {
  const print = (text: string) => process.stdout.write(`${text}\n`);
  let given: ReturnType<typeof read>;
  try {
    given = read(words);
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error}. --help tells more.`);
  }
  const { values, positionals } = given;
  if (values.help) return print(help) ? 0 : 0;
  if (values.list) {
    for (const { name, level, about } of lints) print(`${level.padEnd(8)} ${name.padEnd(22)} ${about}`);
    return 0;
  }
  const [root] = positionals;
  if (root === undefined || positionals.length > 1)
    return fail('give one ROOT, the directory to look at. --help tells more.');
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) return fail(`${root} is not a directory.`);
  if (!statSync(join(root, 'usr'), { throwIfNoEntry: false }))
    return fail(`${root} has no usr: it is not an image's root.`);
  let findings: Finding[];
  try {
    findings = lintTree(root);
  } catch (error) {
    return fail(`${root} cannot be read (${error instanceof Error ? error.message : error}); run as root.`);
  }
  const fatal = findings.filter((finding) => finding.allowed === '');
  if (values.json) {
    print(JSON.stringify({ root: resolve(root), clean: fatal.length === 0, findings }, null, 2));
  } else {
    for (const { level, lint, path, problem, cure, allowed } of findings)
      print(`${allowed ? 'allowed' : level} ${lint} ${path}: ${problem}; ${allowed || cure}`);
    print(`${lints.length} lints, ${fatal.length} to mend, ${findings.length - fatal.length} allowed`);
  }
  return fatal.length === 0 ? 0 : 1;
}

function read(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean' }, list: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
