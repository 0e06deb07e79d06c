// The kit's command line as people and pipelines use it.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runChild } from '../src/test-children.ts';

const main = join(import.meta.dirname, 'main.ts');
const benchmarks = ['picture', 'pipeline', 'launch', 'sound'];
const folder = mkdtempSync(join(tmpdir(), 'pf-harness-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const kit = (words: string[], environment: NodeJS.ProcessEnv = {}) =>
  runChild([process.execPath, main, ...words], { environment: { ...process.env, ...environment } });
const shell = (line: string) => runChild(['sh', '-c', line, 'sh', process.execPath, main]);

t.test('every command helps, within 80 columns', async (t) => {
  const { out, code } = await kit(['--help']);
  t.equal(code, 0);
  const commands = [...out.matchAll(/^ {2}([a-z-]+)/gm)].map((match) => match[1] ?? '');
  t.ok(commands.includes('probe') && commands.includes('loss-sweep') && commands.includes('bench'));
  const wide: string[] = [];
  for (const words of [[], ...commands.filter((name) => name !== 'beacon').map((name) => [name])]) {
    const help = await kit([...words, '--help']);
    t.equal(help.code, 0, `${words[0] ?? 'the kit'} --help`);
    // A path of this machine may be of any length.
    wide.push(...help.out.split('\n').filter((line) => line.length > 80 && !/^ *\(?\//.test(line)));
  }
  for (const command of [
    ...benchmarks.map((name) => [process.execPath, `harness/bench/${name}.ts`]),
    [process.execPath, 'harness/vm/main.ts'],
    [process.execPath, 'tools/bootc-lint.ts'],
    ['bash', 'tools/image.sh'],
    ['bash', 'packaging/build.sh'],
    ['bash', 'packaging/publish.sh'],
    ['bash', 'ci/release/sign.sh'],
    ['bash', 'ci/release/verify.sh'],
  ]) {
    const [program = '', script = ''] = command;
    const help = await runChild([program, join(import.meta.dirname, '..', script), '--help']);
    t.equal(help.code, 0, `${script} --help`);
    t.match(help.out, /\S/);
    wide.push(...help.out.split('\n').filter((line) => line.length > 80));
  }
  t.same(wide, []);
});

t.test("npm run bench -- --help has every benchmark's own options", async (t) => {
  const named = (text: string) => [...text.matchAll(/^ {2}(--\w+(?: [A-Z]+)?) /gm)].map((match) => match[1]);
  const { out: page } = await kit(['bench', '--help']);
  for (const name of benchmarks) {
    const { out } = await runChild([process.execPath, join(import.meta.dirname, `bench/${name}.ts`), '--help']);
    t.same(named(page.split(`\n${name}:\n`)[1]?.split('\n\n')[0] ?? ''), named(out), name);
  }
});

t.test('output that cannot be written is no success, a reader that left is no failure', async (t) => {
  for (const words of ['--help', 'probe --help', 'loss-sweep --help']) {
    const { code, err } = await shell(`"$1" "$2" ${words} >/dev/full`);
    t.equal(code, 7, words);
    t.match(err, /^The output could not be written: .*\n$/);
  }
  t.equal((await shell('{ "$1" "$2" probe --help; echo "ended with $?" >&2; } | true')).err, 'ended with 0\n');
});

t.test('files are opened before the work', async (t) => {
  for (const words of [
    ['loss-sweep', '--json', '/nonexistent/x'],
    ['loss-sweep', '--page', '/nonexistent/x'],
    ['probe', 'stream', '127.0.0.1:1', '--dump', '/nonexistent/x', '--data-dir', folder],
    ['probe', 'stream', '127.0.0.1:1', '--snapshot', '/nonexistent/x.ppm', '--data-dir', folder],
  ]) {
    const { code, err } = await kit(
      [...words, '--worker', '/bin/false'].slice(0, words[0] === 'probe' ? words.length : undefined),
    );
    t.equal(code, 7, words.join(' '));
    t.match(err, /^\/nonexistent\/x(\.ppm)? cannot be written: .*\.\n$/);
  }
});

t.test('what an earlier run left stays when the work fails', async (t) => {
  const kept = join(folder, 'kept.json');
  writeFileSync(kept, 'of an earlier run');
  t.equal((await kit(['loss-sweep', '--json', kept, '--worker', '/bin/false', '--packets', '100'])).code, 1);
  t.equal(readFileSync(kept, 'utf8'), 'of an earlier run');
});

t.test('a user without a home is asked for a place', async (t) => {
  const nowhere = { HOME: undefined, XDG_DATA_HOME: undefined };
  t.equal((await kit(['probe', '--help'], nowhere)).code, 0);
  t.notOk(existsSync('/punktfunk-probe'));
});
