// What a command leaves behind: standard output and the files that were asked for. A result that is not there is no success.

import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { watchOutput } from '../src/standard-output.ts';
import { exits } from './exits.ts';

// A file that was asked for and cannot be written.
export class UnwrittenError extends Error {}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// Whether the files that the work will end in can be written, before the work begins. Throws UnwrittenError.
export function claimFiles(...paths: readonly (string | undefined)[]): void {
  for (const path of paths) {
    if (!path || path === '-') continue;
    const is_there = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    try {
      closeSync(openSync(path, 'a')); // what an earlier run left stays until there is something better
      if (!is_there) rmSync(path); // and work that comes to nothing leaves nothing
    } catch (error) {
      throw new UnwrittenError(`${path} cannot be written: ${reason(error)}.`);
    }
  }
}

/**
 * A file, and the folder that it is in: all of it in the place of what was there, or what was there as it was. A full disk leaves no half
 * of a report, and keeps the one before. A pipe, a device, and a file in a folder that is closed to us are written as they are. Throws
 * UnwrittenError.
 */
export function writeOutput(path: string, contents: string): void {
  let temporary: string | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const found = statSync(path, { throwIfNoEntry: false });
    const place = found ? realpathSync(path) : path;
    if (found && !(found.isFile() && isOpen(dirname(place)))) return void writeFileSync(path, contents);
    temporary = `${place}.${process.pid}.tmp`;
    writeFileSync(temporary, contents, { flush: true });
    renameSync(temporary, place);
  } catch (error) {
    if (temporary !== undefined) rmSync(temporary, { force: true });
    throw new UnwrittenError(`${path} could not be written: ${reason(error)}.`);
  }
}

function isOpen(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

// Runs a command whose exit code is `work`'s, unless its output could not be written.
export async function withOutput(work: () => Promise<number>): Promise<number> {
  const written = watchOutput();
  process.stderr.on('error', () => {}); // nobody reads the progress
  try {
    const code = await work();
    const unwritten = await written();
    if (!unwritten) return code;
    process.stderr.write(`The output could not be written: ${reason(unwritten)}.\n`);
  } catch (error) {
    if (!(error instanceof UnwrittenError)) throw error;
    process.stderr.write(`${error.message}\n`);
  }
  return exits.unwritten;
}
