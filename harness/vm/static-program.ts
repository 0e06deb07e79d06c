// Programs for the machine under test, which has no compiler and none of our libraries.

import { globSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure, must } from '../checks/command.ts';
import type { Context } from './context.ts';
import { asUser, copyTo } from './machine.ts';

const root = resolve(import.meta.dirname, '../..');

/** `sources`: patterns in the checkout. */
interface Program {
  name: string;
  sources: readonly string[];
}

/** Compiled here, run there as each of the users; throws with what it said when one fails. */
export async function runThere(context: Context, program: Program, users: readonly string[]): Promise<void> {
  // Not /run, where some systems let nothing be executed.
  const there = `/var/tmp/punktfunk-${program.name}`;
  await copyTo(context.machine, there, readFileSync(await build(program)));
  try {
    for (const user of users) {
      const { code, stdout, stderr } = await context.machine.run(user === 'root' ? there : asUser(user, there));
      if (code !== 0) throw new Failure(`as ${user}: ${stdout.trim()}${stderr.trim()}`);
    }
  } finally {
    await context.machine.run(`rm -f ${there}`);
  }
}

async function build({ name, sources }: Program): Promise<string> {
  const program = join(root, 'build/vm', name);
  const files = globSync([...sources], { cwd: root }).map((file) => join(root, file));
  const made = statSync(program, { throwIfNoEntry: false });
  if (made && files.every((file) => made.mtimeMs > statSync(file).mtimeMs)) return program;
  mkdirSync(join(program, '..'), { recursive: true });
  const flags = [
    '-std=c++20',
    '-O2',
    '-Wall',
    '-Wextra',
    '-Wno-missing-field-initializers',
    `-I${join(root, 'native')}`,
  ];
  await must('c++', ...flags, '-static', '-o', program, ...files);
  return program;
}
