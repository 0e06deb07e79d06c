// What can be checked of an SPDX 2.3 document without asking anybody: required fields, identifiers, licences, relationships, sums.

import { verificationCode } from './bill.ts';
import { licenceProblem } from './licences.ts';
import type { SpdxFile } from './spdx.ts';

type Fields = Readonly<Record<string, unknown>>;

const sum_lengths: Readonly<Record<string, number>> = { SHA1: 40, SHA256: 64, SHA512: 128 };
const relationship_types = new Set(['DESCRIBES', 'CONTAINS', 'DEPENDS_ON', 'DYNAMIC_LINK']);

/** Everything wrong with the document, a sentence each; none when it is right. */
export function problemsOf(document: unknown): string[] {
  const sentences: string[] = [];
  const say = (sentence: string) => sentences.push(sentence);
  if (!isFields(document)) return ['The document is no JSON object.'];
  const texts: [string, RegExp][] = [
    ['spdxVersion', /^SPDX-2\.3$/],
    ['dataLicense', /^CC0-1\.0$/],
    ['SPDXID', /^SPDXRef-DOCUMENT$/],
    ['name', /./],
    // An absolute address without a fragment (6.5).
    ['documentNamespace', /^https?:\/\/[^\s#]+$/],
  ];
  for (const [key, form] of texts) requireText(document, key, 'the document', form, say);
  checkCreation(document.creationInfo, say);

  const packages = listOf(document, 'packages', say);
  const files = listOf(document, 'files', say);
  const ids = new Set(['SPDXRef-DOCUMENT']);
  for (const element of [...packages, ...files]) {
    const id = String(element.SPDXID);
    if (!/^SPDXRef-[A-Za-z0-9.-]+$/.test(id))
      say(`"${id}" is no SPDX identifier: SPDXRef- and letters, digits, "." and "-".`);
    if (ids.has(id)) say(`${id} names two things.`);
    ids.add(id);
  }
  const relationships = listOf(document, 'relationships', say).map((relationship) => ({
    from: String(relationship.spdxElementId),
    type: String(relationship.relationshipType),
    to: String(relationship.relatedSpdxElement),
  }));
  checkRelationships(relationships, ids, say);
  for (const file of files) checkFile(file, say);
  for (const one of packages) {
    const contained = relationships
      .filter(({ from, type }) => from === one.SPDXID && type === 'CONTAINS')
      .map(({ to }) => to);
    checkPackage(
      one,
      files.filter((file) => contained.includes(String(file.SPDXID))),
      say,
    );
  }
  return sentences;
}

function checkCreation(info: unknown, say: (sentence: string) => void): void {
  if (!isFields(info)) {
    say('creationInfo is missing.');
    return;
  }
  requireText(info, 'created', 'creationInfo', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, say);
  const creators = Array.isArray(info.creators) ? info.creators : [];
  if (creators.length === 0) say('creationInfo has no creators.');
  for (const creator of creators) {
    if (!/^(Person|Organization|Tool): ./.test(String(creator)))
      say(`The creator "${creator}" is none of Person, Organization, Tool.`);
  }
}

function checkRelationships(
  all: readonly { from: string; type: string; to: string }[],
  ids: ReadonlySet<string>,
  say: (sentence: string) => void,
): void {
  const linked = new Set(['SPDXRef-DOCUMENT']);
  for (const { from, type, to } of all) {
    if (!relationship_types.has(type)) say(`The relationship ${from} ${type} ${to} has a type we do not use.`);
    for (const id of [from, to])
      if (!ids.has(id)) say(`The relationship ${from} ${type} ${to} names ${id}, which is not there.`);
    if (from === to) say(`${from} has a relationship to itself.`);
  }
  if (!all.some(({ from, type }) => from === 'SPDXRef-DOCUMENT' && type === 'DESCRIBES'))
    say('The document describes nothing.');
  // Each turn follows the relationships one step further.
  for (let before = 0; before < linked.size; ) {
    before = linked.size;
    for (const { from, to } of all) if (linked.has(from)) linked.add(to);
  }
  for (const id of ids) if (!linked.has(id)) say(`${id} hangs on nothing that the document describes.`);
}

function checkFile(file: Fields, say: (sentence: string) => void): void {
  const name = String(file.fileName ?? file.SPDXID);
  requireText(file, 'fileName', name, /^\.\/[^/]/, say);
  checkLicence(file, 'licenseConcluded', name, say);
  const algorithms = checkSums(file, name, say);
  // 8.4: a SHA-1 sum of every file is required.
  for (const algorithm of ['SHA1', 'SHA256'])
    if (!algorithms.includes(algorithm)) say(`${name} has no ${algorithm} sum.`);
}

function checkPackage(one: Fields, contained: readonly Fields[], say: (sentence: string) => void): void {
  const name = `${one.name ?? one.SPDXID}`;
  requireText(one, 'name', name, /./, say);
  requireText(one, 'downloadLocation', name, /^(NONE|NOASSERTION|(https?|git\+https):\/\/\S+)$/, say);
  for (const key of ['licenseConcluded', 'licenseDeclared']) checkLicence(one, key, name, say);
  requireText(one, 'copyrightText', name, /./, say);
  if (one.supplier !== undefined) requireText(one, 'supplier', name, /^(NOASSERTION|(Person|Organization): .+)$/, say);
  if (one.checksums !== undefined) checkSums(one, name, say);
  for (const reference of Array.isArray(one.externalRefs) ? one.externalRefs : []) {
    const locator = isFields(reference) ? String(reference.referenceLocator) : '';
    if (!/^pkg:(npm|generic)\/(%40[a-z0-9._~-]+\/)?[A-Za-z0-9._~%-]+@[A-Za-z0-9._~%+-]+$/.test(locator))
      say(`${name} has the purl "${locator}", which is none.`);
  }
  const code = isFields(one.packageVerificationCode)
    ? one.packageVerificationCode.packageVerificationCodeValue
    : undefined;
  if (one.filesAnalyzed === true) {
    const expected = verificationCode(contained as unknown as SpdxFile[]);
    if (contained.length === 0) say(`${name} has filesAnalyzed and no files.`);
    if (code !== expected) say(`${name} has the verification code ${code}, its files give ${expected}.`);
  } else if (one.filesAnalyzed !== false) say(`${name} does not say filesAnalyzed.`);
  else if (code !== undefined || contained.length > 0) say(`${name} has files or their code without filesAnalyzed.`);
}

function checkSums(element: Fields, name: string, say: (sentence: string) => void): string[] {
  const sums = (Array.isArray(element.checksums) ? element.checksums : []).filter(isFields);
  for (const { algorithm, checksumValue } of sums) {
    const length = sum_lengths[String(algorithm)];
    if (length === undefined || !new RegExp(`^[0-9a-f]{${length}}$`).test(String(checksumValue)))
      say(`${name} has the ${algorithm} sum "${checksumValue}", which is none.`);
  }
  return sums.map(({ algorithm }) => String(algorithm));
}

function checkLicence(element: Fields, key: string, name: string, say: (sentence: string) => void): void {
  const expression = element[key];
  const problem = typeof expression === 'string' ? licenceProblem(expression) : 'it is missing';
  if (problem !== null) say(`${key} of ${name}: ${problem}.`);
}

function requireText(fields: Fields, key: string, where: string, form: RegExp, say: (sentence: string) => void): void {
  const value = fields[key];
  if (value === undefined) say(`${key} of ${where} is missing.`);
  else if (typeof value !== 'string' || !form.test(value)) say(`${key} of ${where} is ${JSON.stringify(value)}.`);
}

function listOf(document: Fields, key: string, say: (sentence: string) => void): Fields[] {
  const value = document[key];
  if (Array.isArray(value) && value.length > 0 && value.every(isFields)) return value;
  say(`${key} is missing or empty.`);
  return [];
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
