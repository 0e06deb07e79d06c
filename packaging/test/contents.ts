// What packages hold: the same files in every format, none of which is privileged; and what linters say of them.

import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execute, expect, sh } from '../../harness/checks/command.ts';
import type { Check, Control } from '../../harness/checks/report.ts';

const kinds = ['deb', 'rpm', 'arch', 'sysext'];

/** The lines of a list beside this file, in words; each ends with a reason. */
function allowed(list: string): string[][] {
  const lines = readFileSync(join(import.meta.dirname, list), 'utf8').split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const words = line.split(/\s+/);
      expect(words.length > (list === 'differences.txt' ? 2 : 3), `${list}: "${line}" has no reason`);
      return words;
    });
}

/** Mode, owner and sum (or link target) of everything but folders, by path. */
function contents(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const full = join(folder, path);
    const stat = lstatSync(full);
    if (stat.isDirectory()) continue;
    const what = stat.isSymbolicLink()
      ? `link to ${readlinkSync(full)}`
      : `mode ${(stat.mode & 0o7777).toString(8)}, sha256 ${createHash('sha256').update(readFileSync(full)).digest('hex')}`;
    found.set(path, `${what}, owner ${stat.uid}:${stat.gid}`);
  }
  return found;
}

/** Of a folder with the unpacked trees. The payload list is not asked: what was packed is compared with what was packed. */
export const same_files: Check<string> = {
  name: 'formats hold the same files',
  async run(folder) {
    const rules = new Set(allowed('differences.txt').map(([kind, path]) => `${kind} ${path}`));
    const trees = kinds.map((kind) => ({ kind, files: contents(join(folder, kind)) }));
    const paths = [...new Set(trees.flatMap(({ files }) => [...files.keys()]))].sort();
    const used = new Set<string>();
    const wrong: string[] = [];
    for (const path of paths) {
      const compared = trees.filter(({ kind }) => {
        const excused = rules.has(`${kind} ${path}`);
        if (excused) used.add(`${kind} ${path}`);
        return !excused;
      });
      const found = compared.map(({ kind, files }) => [kind, files.get(path) ?? 'missing'] as const);
      if (found.some(([, one]) => one !== found[0]?.[1]))
        wrong.push(...found.map(([kind, one]) => `${path}: ${kind}: ${one}`));
    }
    for (const rule of rules.difference(used)) wrong.push(`differences.txt allows "${rule}", which is in no package`);
    expect(wrong.length === 0 && paths.length > 100, `${wrong.join('\n')}\n${paths.length} paths`);
  },
  controls: [
    spoilt('another mode of a file', 'usr/lib/punktfunk/package.json', 'chmod 600 "$1"', ': rpm:'),
    spoilt('a dropped entry', 'usr/lib/udev/rules.d/60-punktfunk.rules', 'rm "$1"', ': rpm:'),
    spoilt('a changed file', 'usr/lib/punktfunk/package.json', 'echo >>"$1"', ': rpm:'),
  ],
};

/** Of an unpacked tree, in the folder of all. */
export const harmless = (kind: string): Check<string> => ({
  name: `${kind}: no privileges, nothing outside usr`,
  async run(folder) {
    const tree = join(folder, kind);
    const found = await sh`
      find ${tree} -mindepth 1 ! -type l '(' -perm /7000 -o -perm /0022 -o ! -uid 0 -o ! -gid 0 ')' -printf '%m %U:%G %P\n'
      find ${tree} -mindepth 1 -maxdepth 1 ! -name usr ! -name '.[A-Z]*' -printf 'outside usr: %P\n'
      find ${tree} -type l -lname '/*' -printf 'absolute link: %P\n'
      getcap -r ${tree}`;
    expect(found === '', found);
  },
  controls:
    kind === 'rpm'
      ? [
          spoilt('a setuid bit', 'usr/bin/punktfunk-host', 'chmod u+s "$1"'),
          spoilt('a file capability', 'usr/bin/punktfunk-host', 'setcap cap_sys_nice=ep "$1"'),
        ]
      : [],
});

/** With another file in a copy of the rpm's tree, the file is named. */
function spoilt(what: string, file: string, script: string, words = ''): Control<string> {
  const spoil = async (folder: string) => {
    const copy = `${folder}-spoilt`;
    // The copies share their bytes with the originals: what is changed is copied first.
    await sh`rm -rf ${copy} && cp -al ${folder} ${copy} && cp --remove-destination -p ${folder}/rpm/${file} ${copy}/rpm/${file}`;
    await sh`sh -ec ${script} sh ${copy}/rpm/${file}`;
    return copy;
  };
  return { what, words: `${file}${words}`, spoil };
}

const star = (glob: string) =>
  new RegExp(
    `^${glob
      .split('*')
      .map((part) => part.replaceAll(/[^\w ]/g, '\\$&'))
      .join('.*')}`,
  );

/** What a linter finds is allowed by name, with a reason. */
export async function lint(program: 'lintian' | 'rpmlint', file: string): Promise<void> {
  const { stdout, stderr } = await execute(program, [
    ...(program === 'lintian' ? ['--no-cfg', '--allow-root'] : []),
    file,
  ]);
  expect(program === 'lintian' || stdout.includes('1 packages and'), `${stdout}${stderr}`);
  const lines = program === 'lintian' ? /^[EW]: \S* (.*)$/gm : /^\S*: [EW]: (.*)$/gm;
  const rules = allowed('allowed-lint.txt').filter(([of]) => of === program);
  const patterns = rules.map(([, tag, place]) => star(`${tag}*${place}*`));
  const found = [...`${stdout}${stderr}`.matchAll(lines)].map(([, finding = '']) => finding);
  const bad = found.filter((finding) => !patterns.some((pattern) => pattern.test(finding)));
  expect(bad.length === 0, bad.join('\n'));
}
