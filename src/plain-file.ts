// Opens files of the data directory as what they were when we wrote them: plain files. Anything may have been put in their places. Nobody
// follows a link out of the directory, waits for a pipe, or reads more than ours ever have.

import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** It is no plain file, or one that is too large. The message is a part of a sentence. */
class OddFile extends Error {}

interface Reading {
  /** More than any of ours has. */
  max_bytes: number;
  /** A person may have put a link there to a file elsewhere. */
  follow?: boolean;
}

/** All of it. Throws the file system's errors, and why it is not read. */
export function readPlainFile(path: string, { max_bytes, follow = false }: Reading): Buffer {
  const file = openPlainFile(path, O_RDONLY, follow);
  try {
    requireSize(fstatSync(file), max_bytes);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** The same without holding up anybody. */
export async function readPlainFileAside(path: string, max_bytes: number): Promise<Buffer> {
  const file = await openPlainHandle(path);
  try {
    requireSize(await file.stat(), max_bytes);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Made with mode 0600 when there is none. Throws as readPlainFile does. */
export function appendToPlainFile(path: string, text: string): void {
  const file = openPlainFile(path, O_WRONLY | O_APPEND | O_CREAT);
  try {
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

/** Whoever gets it closes it. Throws as readPlainFile does. */
export function openPlainFile(path: string, flags: number, follow = false): number {
  let file: number;
  try {
    file = openSync(path, flags | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW), 0o600);
  } catch (error) {
    throw explained(error, follow);
  }
  const odd = oddness(fstatSync(file));
  if (odd === undefined) return file;
  closeSync(file);
  throw odd;
}

/** To be read. Whoever gets it closes it. Throws as readPlainFile does. */
export async function openPlainHandle(path: string): Promise<FileHandle> {
  const file = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW).catch((error: unknown) => {
    throw explained(error, false);
  });
  const odd = oddness(await file.stat());
  if (odd === undefined) return file;
  await file.close();
  throw odd;
}

function explained(error: unknown, follow: boolean): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ELOOP') return new OddFile(follow ? 'its links lead in a circle' : 'it is a link');
  if (code === 'ENXIO') return new OddFile('it is a pipe or a socket');
  return error;
}

function requireSize({ size }: Stats, max_bytes: number): void {
  if (size > max_bytes) throw new OddFile(`it is larger than ${max_bytes} bytes`);
}

function oddness(found: Stats): OddFile | undefined {
  if (found.isFile()) return undefined;
  if (found.isDirectory()) return new OddFile('it is a directory');
  return new OddFile(found.isFIFO() ? 'it is a pipe' : 'it is a device');
}
