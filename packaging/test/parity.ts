// Do all formats hold the same files? node packaging/test/parity.ts FOLDER, where FOLDER has the unpacked trees deb, rpm, arch and sysext.
// The payload list is not asked: what was packed is compared with what was packed.

import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

const kinds = ['deb', 'rpm', 'arch', 'sysext'];
const [folder = ''] = process.argv.slice(2);

const allowed = readFileSync(join(import.meta.dirname, 'differences.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [kind = '', path = '', ...reason] = line.split(/\s+/);
    if (!kinds.includes(kind) || path === '' || reason.length === 0) {
      throw new Error(`differences.txt: "${line}" is not FORMAT PATH REASON`);
    }
    return `${kind} ${path}`;
  });

/** Mode, owner and sum (or link target) of everything but folders, by path. */
function contents(kind: string): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (inside: string): void => {
    for (const name of readdirSync(join(folder, kind, inside))) {
      const path = inside === '' ? name : `${inside}/${name}`;
      const full = join(folder, kind, path);
      const stat = lstatSync(full);
      if (stat.isDirectory()) {
        walk(path);
        continue;
      }
      const mode = (stat.mode & 0o7777).toString(8);
      const what = stat.isSymbolicLink()
        ? `link to ${readlinkSync(full)}`
        : `mode ${mode}, sha256 ${createHash('sha256').update(readFileSync(full)).digest('hex')}`;
      found.set(path, `${what}, owner ${stat.uid}:${stat.gid}`);
    }
  };
  walk('');
  return found;
}

const trees = kinds.map((kind) => ({ kind, files: contents(kind) }));
const paths = [...new Set(trees.flatMap(({ files }) => [...files.keys()]))].sort();
const used = new Set<string>();
let bad = 0;
for (const path of paths) {
  const compared = trees.filter(({ kind }) => {
    const excused = allowed.includes(`${kind} ${path}`);
    if (excused) used.add(`${kind} ${path}`);
    return !excused;
  });
  const [first, ...others] = compared.map(({ files }) => files.get(path) ?? 'missing');
  if (others.every((one) => one === first)) continue;
  bad += 1;
  for (const { kind, files } of compared) console.log(`${path}: ${kind}: ${files.get(path) ?? 'missing'}`);
}
for (const rule of allowed.filter((one) => !used.has(one))) {
  bad += 1;
  console.log(`differences.txt allows "${rule}", which is in no package`);
}
console.log(`${paths.length} paths, ${bad} differences`);
process.exitCode = bad === 0 && paths.length > 100 ? 0 : 1;
