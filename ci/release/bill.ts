// Makes the bill of materials from what was read elsewhere. No clock, no disk: the same parts give the same document.

import { createHash } from 'node:crypto';
import { keyOf, type LockedPackage } from './lock.ts';
import {
  type Checksum,
  type Relationship,
  type RelationshipType,
  type SpdxDocument,
  type SpdxFile,
  type SpdxPackage,
  spdxId,
} from './spdx.ts';

export interface Parts {
  version: string;
  licence: string;
  /** Of the commit or SOURCE_DATE_EPOCH, seconds. */
  epoch_s: number;
  commit: string;
  kind: string;
  /** Our own files: path below / without the slash. */
  files: readonly { path: string; sha1: string; sha256: string; libraries: readonly string[] }[];
  roots: readonly string[];
  packages: ReadonlyMap<string, LockedPackage>;
  runtime: LockedPackage;
  /** What is compiled into the runtime, by name, as process.versions of it tells. */
  runtime_parts: Readonly<Record<string, string>>;
}

/** Systems' libraries that we know: whose they are and under what licence. */
const libraries: readonly { prefix: string; project: string; licence: string }[] = [
  { prefix: 'libavcodec.', project: 'FFmpeg', licence: 'LGPL-2.1-or-later' },
  { prefix: 'libavfilter.', project: 'FFmpeg', licence: 'LGPL-2.1-or-later' },
  { prefix: 'libavutil.', project: 'FFmpeg', licence: 'LGPL-2.1-or-later' },
  { prefix: 'libcrypto.', project: 'OpenSSL', licence: 'Apache-2.0' },
  { prefix: 'libenet.', project: 'ENet', licence: 'MIT' },
  { prefix: 'libjpeg.', project: 'libjpeg-turbo', licence: 'IJG AND BSD-3-Clause AND Zlib' },
  { prefix: 'libopenh264.', project: 'OpenH264', licence: 'BSD-2-Clause' },
  { prefix: 'libopus.', project: 'Opus', licence: 'BSD-3-Clause' },
  { prefix: 'libpipewire-0.3.', project: 'PipeWire', licence: 'MIT' },
  { prefix: 'libsystemd.', project: 'systemd', licence: 'LGPL-2.1-or-later' },
  { prefix: 'libwayland-client.', project: 'Wayland', licence: 'MIT' },
  { prefix: 'libx264.', project: 'x264', licence: 'GPL-2.0-or-later' },
  { prefix: 'libxcb', project: 'X.Org', licence: 'MIT' },
  { prefix: 'libxkbcommon.', project: 'libxkbcommon', licence: 'MIT' },
  { prefix: 'libyuv.', project: 'libyuv', licence: 'BSD-3-Clause' },
  { prefix: 'libgcc_s.', project: 'GCC', licence: 'GPL-3.0-or-later WITH GCC-exception-3.1' },
  { prefix: 'libstdc++.', project: 'GCC', licence: 'GPL-3.0-or-later WITH GCC-exception-3.1' },
  ...['libc.', 'libm.', 'libdl.', 'libpthread.', 'ld-linux'].map((prefix) => ({
    prefix,
    project: 'glibc',
    licence: 'LGPL-2.1-or-later',
  })),
];

const no_text = { copyrightText: 'NOASSERTION', licenseConcluded: 'NOASSERTION' } as const;
const npmId = (key: string): string => spdxId('npm', key);
const libraryId = (soname: string): string => spdxId('library', soname);
const fileId = (path: string): string => spdxId('file', path);

export function makeBill(parts: Parts): SpdxDocument {
  const files = parts.files.map(describeFile).sort(byId);
  const sonames = [...new Set(parts.files.flatMap((file) => file.libraries))].sort();
  const product = describeProduct(parts, files);
  const runtime = describeRuntime(parts.runtime);
  const bundled = Object.entries(parts.runtime_parts).map(([name, version]) => describeBundled(name, version));
  const packages = [...[...parts.packages.values()].map(describeNpm), ...bundled, ...sonames.map(describeLibrary)].sort(
    byId,
  );

  const relationships: Relationship[] = [];
  const relate = (from: string, type: RelationshipType, to: string) =>
    relationships.push({ spdxElementId: from, relationshipType: type, relatedSpdxElement: to });
  relate('SPDXRef-DOCUMENT', 'DESCRIBES', product.SPDXID);
  relate(product.SPDXID, 'CONTAINS', runtime.SPDXID);
  for (const { SPDXID } of bundled.sort(byId)) relate(runtime.SPDXID, 'CONTAINS', SPDXID);
  for (const { SPDXID } of files) relate(product.SPDXID, 'CONTAINS', SPDXID);
  for (const key of parts.roots) relate(product.SPDXID, 'DEPENDS_ON', npmId(key));
  for (const [key, { needs }] of [...parts.packages].sort(([a], [b]) => compare(a, b))) {
    for (const need of needs) relate(npmId(key), 'DEPENDS_ON', npmId(need));
  }
  for (const { path, libraries } of [...parts.files].sort((a, b) => compare(a.path, b.path))) {
    for (const soname of [...libraries].sort()) relate(fileId(path), 'DYNAMIC_LINK', libraryId(soname));
  }

  const content = { packages: [product, runtime, ...packages], files, relationships };
  const digest = createHash('sha256').update(parts.commit).update(JSON.stringify(content)).digest('hex');
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `punktfunk-${parts.version}-${parts.kind}`,
    // The form for those without an address of their own (SPDX 2.3, 6.5). Other contents have another name.
    documentNamespace: `https://spdx.org/spdxdocs/punktfunk-${parts.version}-${parts.kind}-${digest.slice(0, 32)}`,
    creationInfo: {
      created: new Date(parts.epoch_s * 1000).toISOString().replace('.000Z', 'Z'),
      creators: [`Tool: punktfunk-sbom-${parts.version}`, 'Organization: punktfunk'],
    },
    ...content,
  };
}

/** SPDX 2.3, 7.9: SHA-1 over the sorted SHA-1 sums of the files, written without anything between. */
export function verificationCode(files: readonly SpdxFile[]): string {
  const sums = files
    .map(({ checksums }) => checksums.find(({ algorithm }) => algorithm === 'SHA1')?.checksumValue ?? '')
    .sort();
  return createHash('sha1').update(sums.join('')).digest('hex');
}

function describeFile({ path, sha1, sha256 }: Parts['files'][number]): SpdxFile {
  const checksums: Checksum[] = [
    { algorithm: 'SHA1', checksumValue: sha1 },
    { algorithm: 'SHA256', checksumValue: sha256 },
  ];
  return { SPDXID: fileId(path), fileName: `./${path}`, checksums, ...no_text };
}

function describeProduct({ version, licence, commit }: Parts, files: readonly SpdxFile[]): SpdxPackage {
  return {
    SPDXID: 'SPDXRef-punktfunk',
    name: 'punktfunk',
    versionInfo: version,
    supplier: 'Organization: punktfunk',
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: true,
    packageVerificationCode: { packageVerificationCodeValue: verificationCode(files) },
    licenseConcluded: licence,
    licenseDeclared: licence,
    copyrightText: 'NOASSERTION',
    comment: `Made from commit ${commit}. Files of the npm packages are listed with their packages, not one by one.`,
    primaryPackagePurpose: 'APPLICATION',
  };
}

function describeNpm({ name, version, license, sha512 }: LockedPackage): SpdxPackage {
  return {
    SPDXID: npmId(keyOf({ name, version })),
    name,
    versionInfo: version,
    supplier: 'NOASSERTION',
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    ...(sha512 === '' ? {} : { checksums: [{ algorithm: 'SHA512', checksumValue: sha512 }] }),
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: license,
    copyrightText: 'NOASSERTION',
    externalRefs: [purl(`pkg:npm/${name.replace('@', '%40')}@${version}`)],
    primaryPackagePurpose: 'LIBRARY',
  };
}

function describeRuntime(runtime: LockedPackage): SpdxPackage {
  return {
    ...describeNpm(runtime),
    SPDXID: 'SPDXRef-runtime',
    name: 'node',
    comment: `The runtime of host and engine, from the npm package ${keyOf(runtime)}. Licences of what it contains: LICENSE-node beside it.`,
    externalRefs: [purl(`pkg:npm/${keyOf(runtime)}`), purl(`pkg:generic/node@${runtime.version}`)],
    primaryPackagePurpose: 'APPLICATION',
  };
}

function describeBundled(name: string, version: string): SpdxPackage {
  return {
    SPDXID: spdxId('runtime-part', name),
    name,
    versionInfo: version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseDeclared: 'NOASSERTION',
    ...no_text,
    comment: 'Compiled into the runtime.',
    externalRefs: [purl(`pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`)],
  };
}

function describeLibrary(soname: string): SpdxPackage {
  const known = libraries.find(({ prefix }) => soname.startsWith(prefix));
  return {
    SPDXID: libraryId(soname),
    name: soname,
    ...(known ? { supplier: `Organization: ${known.project}` } : {}),
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseDeclared: known?.licence ?? 'NOASSERTION',
    ...no_text,
    comment: 'Linked when it runs. It comes with the system, in the version that the system has.',
    primaryPackagePurpose: 'LIBRARY',
  };
}

const purl = (referenceLocator: string) =>
  ({ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator }) as const;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byId = (a: { SPDXID: string }, b: { SPDXID: string }): number => compare(a.SPDXID, b.SPDXID);
