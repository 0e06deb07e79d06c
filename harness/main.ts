// punktfunk-harness: the measuring kit's command line. Picks a command; each command reads its own words.

import { enableCompileCache } from 'node:module';

export interface HarnessCommand {
  // One line for the list of commands.
  readonly summary: string;
  // The words after the command's name; resolves with the exit code.
  run(words: readonly string[]): Promise<number>;
}

// Loaded when asked for: a command pays for nothing that only another needs.
const commands: Readonly<Record<string, () => Promise<HarnessCommand>>> = {
  probe: async () => (await import('./probe/main.ts')).probe,
};

const exit_usage = 2;

async function help(): Promise<string> {
  const lines = ['usage: punktfunk-harness COMMAND …', '', 'The kit that measures streaming hosts.', ''];
  for (const [name, load] of Object.entries(commands)) lines.push(`  ${name.padEnd(12)}${(await load()).summary}`);
  return [...lines, '', 'punktfunk-harness COMMAND --help tells more, and shows examples.'].join('\n');
}

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(`${await help()}\n`);
    return name === undefined ? exit_usage : 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return (await load()).run(rest);
  process.stderr.write(`There is no command "${name}". punktfunk-harness --help lists them.\n`);
  return exit_usage;
}

enableCompileCache();
process.exitCode = await main(process.argv.slice(2));
