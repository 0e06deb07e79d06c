// punktfunk-harness: the measuring kit's command line. Picks a command; each command reads its own words.

import { spawn } from 'node:child_process';
import { enableCompileCache } from 'node:module';
import { resolve } from 'node:path';
import { cache_dir } from '../src/config/paths.ts';
import { harness_command, harness_repair, install_kind, native_dir, package_root } from '../src/installation.ts';
import type { HarnessCommand } from './command.ts';
import { exits } from './exits.ts';
import { withOutput } from './output.ts';

// A command that is a program of its own: it gets the words, and its exit code is ours.
function program(summary: string, command: string, ...first_words: readonly string[]): HarnessCommand {
  return {
    summary,
    run: (words) =>
      new Promise((done) => {
        const child = spawn(command, [...first_words, ...words], { stdio: 'inherit' });
        child.on('error', (error) => {
          process.stderr.write(`${command} cannot be started (${error.message}). Mend it with: ${harness_repair}\n`);
          done(exits.failed);
        });
        child.on('exit', (code) => done(code ?? exits.failed));
      }),
  };
}

// Loaded when asked for: a command pays for nothing that only another needs.
const commands: Readonly<Record<string, () => Promise<HarnessCommand>>> = {
  latency: async () => (await import('./latency/main.ts')).latency,
  soak: async () => (await import('./soak/main.ts')).soak,
  throughput: async () => (await import('./throughput/main.ts')).throughput,
  encode: async () => (await import('./encode/main.ts')).encode,
  capture: async () => (await import('./capture/main.ts')).capture,
  compare: async () => (await import('./compare/main.ts')).compare,
  report: async () => (await import('./report/main.ts')).report,
  'self-check': async () => (await import('./self-check/main.ts')).self_check,
  measure: async () => (await import('./measure/main.ts')).measure_all,
  'loss-sweep': async () => (await import('./loss-sweep/main.ts')).loss_sweep,
  'loss-live': async () => (await import('./loss-live/main.ts')).loss_live,
  impair: async () => (await import('./impair/main.ts')).impair,
  probe: async () => (await import('./probe/main.ts')).probe,
  beacon: async () =>
    program('paints a numbered, dated picture on a desktop', resolve(native_dir, '../bin/punktfunk-beacon')),
  // It compares checkouts.
  ...(install_kind === 'checkout'
    ? {
        bench: async () => program('what a frame costs, stage by stage', 'sh', resolve(package_root, 'tools/bench.sh')),
      }
    : {}),
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
    return name === undefined ? exits.usage : exits.passed;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return (await load()).run(rest);
  process.stderr.write(`There is no command "${name}". ${harness_command} --help lists them.\n`);
  return exits.usage;
}

if (cache_dir !== undefined) enableCompileCache(cache_dir);
process.exitCode = await withOutput(() => main(process.argv.slice(2)));
