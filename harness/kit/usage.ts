// Words that are not understood: a sentence, where more is told, and the exit code for that.

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
