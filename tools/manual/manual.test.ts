// The manual page as groff reads it, and what Tab does in the shells, in a terminal each.

import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { findProgram } from '../../src/find-program.ts';
import { shellWord } from '../../src/installation.ts';
import { runChild } from '../../src/test-children.ts';
import { folder } from '../../src/test-folder.ts';
import { describeHost } from './description.ts';
import { describeKit } from './kit.ts';

const manual = resolve(import.meta.dirname, '../../packaging/manual');
const page = join(manual, 'punktfunk-host.1');
const missing = (program: string, of = program): string | false =>
  findProgram(program) === undefined && `${program} is missing (Debian: ${of})`;

/** Typed up to Tab, and what stands there after it. */
const cases: [typed: string, completed: string][] = [
  ['unp\t', 'unpair'],
  ['serve --disc\t', 'serve --discovery'],
  ['serve --display em\t', 'serve --display embedded'],
  ['serve --display=em\t', 'serve --display=embedded'],
  ['serve --encoder-preset super\t', 'serve --encoder-preset superfast'],
  ['doctor --wa\t', 'doctor --wa'],
  ['serve --wa\t', 'serve --wait'],
  ['status --data-dir ./a-fol\t', 'status --data-dir ./a-folder/'],
  ['unpair 1f\t', 'unpair 1f3a90c2'],
  ['unpair No\t', 'unpair No'],
];

/** A stand-in for the host: it knows two clients, and says how it was called. */
function home(t: Test): { path: string; environment: NodeJS.ProcessEnv } {
  const path = folder(t);
  const host = join(path, 'bin/punktfunk-host');
  mkdirSync(join(path, 'bin'));
  mkdirSync(join(path, 'a-folder'));
  copyFileSync(join(manual, '_punktfunk-host'), join(path, '_punktfunk-host'));
  writeFileSync(
    host,
    `#!/bin/sh
[ "$*" != clients ] || { echo 'No other'; printf '%s\\n' '1f3a90c2  2026-01-01  Living room' '77aa  2026-01-01  TV'; exit; }
echo "called: $*"
`,
  );
  chmodSync(host, 0o755);
  const environment = {
    PATH: `${join(path, 'bin')}:${process.env.PATH}`,
    HOME: path,
    TERM: 'dumb',
    INPUTRC: '/dev/null',
  };
  return { path, environment };
}

/** Types into a shell on a terminal; what it called the host with. */
async function typed(t: Test, shell: string, first: string): Promise<string[]> {
  const { path, environment } = home(t);
  const lines = [first, ...cases.map(([words]) => `punktfunk-host ${words}`), 'exit'];
  const input = join(path, 'input');
  writeFileSync(input, lines.map((line) => `${line}\n`).join(''));
  const command = `cd "$HOME" && exec script -qec ${shellWord(shell)} /dev/null <input`;
  const { out } = await runChild(['sh', '-c', command], { environment, owner: t });
  return [...out.matchAll(/called: (.*?)\s*$/gm)].map(([, words = '']) => words);
}

t.test('bash', { skip: missing('script', 'bsdutils') }, async (t) => {
  const called = await typed(t, 'bash --norc --noprofile -i', `. ${shellWord(join(manual, 'punktfunk-host.bash'))}`);
  t.same(
    called,
    cases.map(([, completed]) => completed),
  );
});

t.test('zsh', { skip: missing('zsh') }, async (t) => {
  const called = await typed(t, 'zsh -f -i', 'fpath=($HOME $fpath); autoload -Uz compinit; compinit -u -D');
  // The slash of a folder goes when the line ends there, and so does the sign after an option that takes a value.
  t.same(
    called,
    cases.map(([, completed]) => completed.replace(/[/=]$/, '')),
  );
});

t.test('fish', { skip: missing('fish') }, async (t) => {
  const { environment, path } = home(t);
  const ask = (words: string) => `complete -C 'punktfunk-host ${words.replaceAll('\t', '')}'`;
  const script = `cd ${path}; source ${join(manual, 'punktfunk-host.fish')}; ${cases.map(([words]) => `echo asked; ${ask(words)}`).join('; ')}`;
  const { out, err } = await runChild(['fish', '--no-config', '-c', script], { environment, owner: t });
  const answers = out
    .split('asked\n')
    .slice(1)
    .map((answer) =>
      answer
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('\t')[0]),
    );
  t.equal(err, '');
  t.same(answers, [
    ['unpair'],
    ['--discovery'],
    ['embedded'],
    ['--display=embedded'],
    ['superfast'],
    [],
    ['--wait'],
    ['./a-folder/'],
    ['1f3a90c2'],
    [],
  ]);
});

t.test('the page', { skip: missing('groff', 'groff-base') }, async (t) => {
  const { code, out, err } = await runChild(['groff', '-man', '-Tascii', '-P-cbou', '-ww', '-rLL=78n', page]);
  t.same({ code, err }, { code: 0, err: '' }, 'no warning');
  t.same(
    out.split('\n').filter((line) => line.length > 80),
    [],
    'fits a terminal',
  );
  const words = out.replaceAll(/-\n\s*/g, '').replaceAll(/\s+/g, ' ');
  for (const { name, summary, options } of (await describeHost()).commands) {
    t.ok(words.includes(`punktfunk-host ${name}`), name);
    t.ok(words.toLowerCase().includes(summary.toLowerCase()), `${name}: what it does`);
    for (const option of options)
      t.match(words, new RegExp(`--${option.name}|\\b${option.name.replaceAll('-', '_')}\\b`));
  }
});

t.test("the kit's page", { skip: missing('groff', 'groff-base') }, async (t) => {
  const { code, err } = await runChild(['groff', '-man', '-Tascii', '-ww', join(manual, 'punktfunk-harness.1')]);
  t.same({ code, err }, { code: 0, err: '' }, 'no warning');
  const text = readFileSync(join(manual, 'punktfunk-harness.1'), 'utf8');
  const { commands } = describeKit();
  t.ok(commands.length > 10 && commands.every(({ options }) => options.length > 1), 'each has options');
  t.notMatch(text, /\/root|\/srv|bench/, 'nothing of who made it, or of a checkout alone');
});

t.test('what is read as an instruction of the page is text', async (t) => {
  const text = readFileSync(page, 'utf8');
  t.same(
    text.split('\n').filter((line) => /^'/.test(line)),
    [],
  );
  t.notMatch(text, /\/root|\/home/, 'nothing of who made it');
});
