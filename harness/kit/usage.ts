// Words that are not understood: a sentence, where more is told, and the exit code for that.

import { statSync } from 'node:fs';
import { harness_command } from '../../src/installation.ts';
import { exits } from '../exits.ts';
import { UsageError } from './options.ts';

/** Runs a command whose exit code is `work`'s, unless its words make no sense. */
export async function withUsage(command: string, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}. ${harness_command} ${command} --help tells more.\n`);
    return exits.usage;
  }
}

/** That none of the files that are to be written is one of those that are read: it would be lost. Throws UsageError. */
export function requireOther(written: readonly (string | undefined)[], read: readonly (string | undefined)[]): void {
  const found = read.map(fileAt);
  for (const path of written) {
    const file = fileAt(path);
    if (file !== undefined && found.includes(file))
      throw new UsageError(`${path} is read, and would be lost: write to another file`);
  }
}

/** Which file it is, whatever it is called here; undefined: there is none. */
function fileAt(path: string | undefined): string | undefined {
  const found = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? `${found.dev}:${found.ino}` : undefined;
}
