// punktfunk-harness: the measuring kit's command line. Picks a command; each command reads its own words.

import { spawn } from 'node:child_process';
import { enableCompileCache } from 'node:module';
import { resolve } from 'node:path';
import { cache_dir } from '../src/config/paths.ts';
import { harness_command, package_root, repair } from '../src/installation.ts';
import type { HarnessCommand } from './command.ts';
import { withOutput } from './output.ts';

const exit_failed = 1;
const exit_usage = 2;

// A command that is a program of its own: it gets the words, and its exit code is ours.
function program(summary: string, command: string, ...first_words: readonly string[]): HarnessCommand {
  return {
    summary,
    run: (words) =>
      new Promise((done) => {
        const child = spawn(command, [...first_words, ...words], { stdio: 'inherit' });
        child.on('error', (error) => {
          process.stderr.write(`${command} cannot be started (${error.message}). Mend it with: ${repair}\n`);
          done(exit_failed);
        });
        child.on('exit', (code) => done(code ?? exit_failed));
      }),
  };
}

// Loaded when asked for: a command pays for nothing that only another needs.
const commands: Readonly<Record<string, () => Promise<HarnessCommand>>> = {
  'loss-sweep': async () => (await import('./loss-sweep/main.ts')).loss_sweep,
  probe: async () => (await import('./probe/main.ts')).probe,
  beacon: async () =>
    program(
      'a Wayland client that paints a numbered, dated picture',
      resolve(package_root, 'build/native/bin/punktfunk-beacon'),
    ),
  bench: async () => program('what a frame costs, stage by stage', 'sh', resolve(package_root, 'tools/bench.sh')),
};

async function help(): Promise<string> {
  const lines = ['usage: punktfunk-harness COMMAND …', '', 'The kit that measures streaming hosts.', ''];
  for (const [name, load] of Object.entries(commands)) lines.push(`  ${name.padEnd(12)}${(await load()).summary}`);
  return [...lines, '', `${harness_command} COMMAND --help\ntells more, and shows examples.`].join('\n');
}

async function main(words: readonly string[]): Promise<number> {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(`${await help()}\n`);
    return name === undefined ? exit_usage : 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return (await load()).run(rest);
  process.stderr.write(`There is no command "${name}". ${harness_command} --help lists them.\n`);
  return exit_usage;
}

if (cache_dir !== undefined) enableCompileCache(cache_dir);
process.exitCode = await withOutput(() => main(process.argv.slice(2)));
