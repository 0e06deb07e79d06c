import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t from 'tap';
import { makeBill, type Parts } from './bill.ts';
import { problemsOf } from './check.ts';
import { licenceProblem } from './licences.ts';
import { lockedRuntime, productionPackages } from './lock.ts';
import type { SpdxDocument } from './spdx.ts';
import '../../src/test-limit.ts';

const checkout = resolve(import.meta.dirname, '../..');
const lock = {
  packages: {
    '': { dependencies: { a: '1', '@s/b': '1' }, devDependencies: { d: '1' } },
    'node_modules/a': {
      version: '1.0.0',
      license: 'MIT',
      dependencies: { c: '1' },
      integrity: `sha512-${Buffer.alloc(64, 7).toString('base64')}`,
    },
    'node_modules/@s/b': { version: '2.0.0', license: 'ISC', dependencies: { c: '2' } },
    'node_modules/@s/b/node_modules/c': { version: '2.0.0', license: 'MIT' },
    'node_modules/c': { version: '1.5.0', license: '(MIT OR Apache-2.0)' },
    'node_modules/d': { version: '9.0.0', license: 'MIT', dev: true },
    'node_modules/runtime': { version: '24.0.0', license: 'MIT', optional: true },
  },
};
const parts: Parts = {
  version: '1.2.3',
  licence: 'MIT OR Apache-2.0',
  epoch_s: 1_700_000_000,
  commit: 'c'.repeat(40),
  kind: 'deb',
  files: [
    {
      path: 'usr/lib/x/engine.node',
      sha1: '1'.repeat(40),
      sha256: '2'.repeat(64),
      libraries: ['libopus.so.0', 'libc.so.6'],
    },
    { path: 'usr/bin/x', sha1: '3'.repeat(40), sha256: '4'.repeat(64), libraries: [] },
  ],
  ...productionPackages(lock),
  runtime: lockedRuntime(lock, 'runtime'),
  runtime_parts: { openssl: '3.5.8', zlib: '1.3.2.1-motley-8002e91' },
};
const bill = makeBill(parts);

t.test('packages are found as Node finds them, development ones are not', async (t) => {
  const { roots, packages } = productionPackages(lock);
  t.strictSame(roots, ['@s/b@2.0.0', 'a@1.0.0']);
  t.strictSame([...packages.keys()].sort(), ['@s/b@2.0.0', 'a@1.0.0', 'c@1.5.0', 'c@2.0.0']);
  t.strictSame(packages.get('a@1.0.0')?.needs, ['c@1.5.0']);
  t.strictSame(packages.get('@s/b@2.0.0')?.needs, ['c@2.0.0']);
  t.equal(packages.get('a@1.0.0')?.sha512, '07'.repeat(64));
});

t.test('a lock that does not hold together is a sentence', async (t) => {
  const without = (path: string) => ({ packages: { ...lock.packages, [path]: undefined } });
  t.throws(() => productionPackages(without('node_modules/c')), {
    message: 'The lock file has no package c, which node_modules/a needs.',
  });
  t.throws(() => productionPackages(without('node_modules/a')), {
    message: 'The lock file has no package a, which the product needs.',
  });
  t.throws(() => productionPackages({}), { message: /no "packages"/ });
  t.throws(() => lockedRuntime(lock, 'other'), { message: 'The lock file does not pin other.' });
});

t.test('the bill holds what the parts say', async (t) => {
  t.strictSame(problemsOf(bill), []);
  const packageOf = (name: string) => bill.packages.find((one) => one.name === name);
  t.match(packageOf('@s/b'), {
    versionInfo: '2.0.0',
    licenseDeclared: 'ISC',
    externalRefs: [{ referenceLocator: 'pkg:npm/%40s/b@2.0.0' }],
  });
  t.match(packageOf('openssl'), { versionInfo: '3.5.8' });
  t.match(packageOf('libopus.so.0'), { supplier: 'Organization: Opus', licenseDeclared: 'BSD-3-Clause' });
  t.notOk(packageOf('d'));
  t.equal(bill.creationInfo.created, '2023-11-14T22:13:20Z');
  const links = bill.relationships.filter(({ relationshipType }) => relationshipType === 'DYNAMIC_LINK');
  t.strictSame(
    links.map(({ relatedSpdxElement }) => relatedSpdxElement),
    ['SPDXRef-library-libc.so.6', 'SPDXRef-library-libopus.so.0'],
  );
});

t.test('the same parts in another order give the same bytes, other contents another name', async (t) => {
  const shuffled = { ...parts, files: [...parts.files].reverse(), packages: new Map([...parts.packages].reverse()) };
  t.equal(JSON.stringify(makeBill(shuffled)), JSON.stringify(bill));
  const [first, ...rest] = parts.files;
  const changed = makeBill({
    ...parts,
    files: [{ ...(first as Parts['files'][number]), sha256: '5'.repeat(64) }, ...rest],
  });
  t.not(changed.documentNamespace, bill.documentNamespace);
});

// Where a document is broken, what stands there then (undefined: nothing), and the sentence that it earns.
const verification_code = 'packages.0.packageVerificationCode.packageVerificationCodeValue';
const broken: [where: string, value: unknown, sentence: RegExp][] = [
  ['spdxVersion', 'SPDX-2.2', /^spdxVersion of the document is "SPDX-2\.2"\.$/],
  ['dataLicense', 'MIT', /^dataLicense of the document/],
  ['documentNamespace', 'punktfunk', /^documentNamespace of the document is "punktfunk"/],
  ['documentNamespace', 'https://spdx.org/x#y', /^documentNamespace/],
  ['name', undefined, /^name of the document is missing/],
  ['creationInfo', undefined, /^creationInfo is missing/],
  ['creationInfo.created', '2023-11-14', /^created of creationInfo is "2023-11-14"/],
  ['creationInfo.creators', [], /^creationInfo has no creators/],
  ['creationInfo.creators', ['me'], /^The creator "me"/],
  ['packages.0.name', '', /^name of .* is ""/],
  ['packages.2.downloadLocation', undefined, /^downloadLocation of .* is missing/],
  ['packages.2.downloadLocation', 'somewhere', /^downloadLocation of .* is "somewhere"/],
  ['packages.2.licenseDeclared', 'Beerware', /^licenseDeclared of .*: "Beerware" is not a licence of the list/],
  ['packages.2.licenseConcluded', undefined, /^licenseConcluded of .*: it is missing/],
  ['packages.2.copyrightText', undefined, /^copyrightText of .* is missing/],
  ['packages.2.filesAnalyzed', undefined, /does not say filesAnalyzed/],
  ['packages.2.filesAnalyzed', true, /has filesAnalyzed and no files/],
  [verification_code, '0'.repeat(40), /^punktfunk has the verification code 0{40}, its files give/],
  ['packages.2.supplier', 'me', /^supplier of .* is "me"/],
  ['packages.1.externalRefs.0.referenceLocator', 'npm:node', /^node has the purl "npm:node"/],
  [
    'packages.1.checksums',
    [{ algorithm: 'SHA512', checksumValue: 'abc' }],
    /^node has the SHA512 sum "abc", which is none/,
  ],
  ['files.0.checksums', bill.files[0]?.checksums.slice(0, 1), /^\.\/usr\/bin\/x has no SHA256 sum/],
  ['files.0.checksums.1.checksumValue', 'Z'.repeat(64), /which is none/],
  ['files.0.fileName', '/usr/bin/x', /^fileName of \/usr\/bin\/x is/],
  ['files', [...bill.files, bill.files[0]], /^SPDXRef-file-usr-bin-x names two things/],
  ['files', [], /^files is missing or empty/],
  ['relationships.1.relatedSpdxElement', 'SPDXRef-nothing', /names SPDXRef-nothing, which is not there/],
  ['relationships.0.relationshipType', 'LIKES', /has a type we do not use/],
  ['relationships', bill.relationships.slice(1), /^The document describes nothing/],
  [
    'relationships',
    bill.relationships.filter(({ relatedSpdxElement }) => relatedSpdxElement !== 'SPDXRef-runtime-part-zlib'),
    /^SPDXRef-runtime-part-zlib hangs on nothing/,
  ],
  ['packages.3.SPDXID', 'openssl 3', /^"openssl 3" is no SPDX identifier/],
];

/** A copy of the bill with another value at a place. */
function breakAt(where: string, value: unknown): unknown {
  const document: unknown = structuredClone(bill);
  const keys = where.split('.');
  const last = keys.pop() ?? '';
  const holder = keys.reduce((inside, key) => (inside as Record<string, unknown>)[key], document);
  (holder as Record<string, unknown>)[last] = value;
  return JSON.parse(JSON.stringify(document));
}

t.test('each thing that can be wrong is found', async (t) => {
  for (const [where, value, sentence] of broken) {
    const problems = problemsOf(breakAt(where, value));
    t.ok(
      problems.some((problem) => sentence.test(problem)),
      `${sentence} in ${JSON.stringify(problems)}`,
    );
  }
  t.strictSame(problemsOf([]), ['The document is no JSON object.']);
});

t.test('licence expressions', async (t) => {
  for (const right of [
    'MIT',
    'MIT OR Apache-2.0',
    '(MIT AND (ISC OR 0BSD))',
    'GPL-3.0-or-later WITH GCC-exception-3.1',
    'NOASSERTION',
  ])
    t.equal(licenceProblem(right), null, right);
  for (const wrong of [
    '',
    'MIT OR',
    'MIT ISC',
    '(MIT',
    'MIT)',
    'OR MIT',
    'mit',
    'MIT WITH beer',
    'SEE LICENSE IN x',
    'UNLICENSED',
  ])
    t.type(licenceProblem(wrong), 'string', wrong);
});

t.test('the bill of this checkout', async (t) => {
  const dir = t.testdir();
  const run = (parameters: string[], epoch = '1700000000') => {
    const env = { ...process.env, SOURCE_DATE_EPOCH: epoch };
    return spawnSync(process.execPath, parameters, { cwd: checkout, encoding: 'utf8', env, maxBuffer: 64 << 20 });
  };
  const sbom = (...parameters: string[]) => run(['ci/release/sbom.ts', ...parameters]);
  const [one, two, root] = [join(dir, 'one.json'), join(dir, 'two.json'), join(dir, 'root')];
  const made = sbom('make', '--kind', 'deb', '--out', one);
  t.equal(made.status, 0, made.stderr);
  sbom('make', '--kind', 'deb', '--out', two);
  t.ok(readFileSync(one).equals(readFileSync(two)), 'two runs, the same bytes');

  const document = JSON.parse(readFileSync(one, 'utf8')) as SpdxDocument;
  const payload = JSON.parse(run(['packaging/payload.ts', 'list', '--kind', 'deb', '--json']).stdout) as {
    type: string;
    path: string;
  }[];
  // What is installed below node_modules, read from the list of files instead of the lock.
  const installed = new Set<string>();
  for (const { path } of payload) {
    const [, name] = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path) ?? [];
    if (name !== undefined) installed.add(name);
  }
  const listed = document.packages.filter(({ SPDXID }) => SPDXID.startsWith('SPDXRef-npm-')).map(({ name }) => name);
  t.strictSame([...new Set(listed)].sort(), [...installed].sort(), 'the packages that are installed');
  t.equal(
    document.files.length,
    payload.filter(({ type, path }) => type === 'file' && !path.includes('/node_modules/')).length,
  );
  for (const library of ['libpipewire-0.3.so.0', 'libopus.so.0', 'libx264.so.164']) {
    t.ok(
      document.packages.some(({ name }) => name.split('.so')[0] === library.split('.so')[0]),
      `${library} is linked`,
    );
  }

  t.equal(run(['packaging/payload.ts', 'stage', root, '--kind', 'deb']).status, 0);
  t.equal(sbom('check', one, '--root', root).status, 0, 'an installed root is what the document says');
  appendFileSync(join(root, 'usr/lib/punktfunk/src/main.ts'), '// other\n');
  const tampered = sbom('check', one, '--root', root);
  t.equal(tampered.status, 1);
  t.equal(tampered.stderr, './usr/lib/punktfunk/src/main.ts has another sum than the document says.\n');
  t.equal(sbom('make').status, 2, 'wrong usage');
});
