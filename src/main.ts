// The command line: picks a command, reads its options, turns errors into a sentence and an exit code. Nothing else.

import { enableCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import type { Command, OptionSpec } from './commands/command.ts';
import { cache_dir, defaultDataDir, version } from './config/paths.ts';
import { exit_codes, PunktfunkError, toPunktfunkError } from './errors.ts';

enableCompileCache(cache_dir); // type stripping alone would cost 17 MB and 0.1 s at each start

/** Loaded one at a time: a command pays for nothing that only another needs. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  pair: async () => (await import('./commands/pair.ts')).pair,
  clients: async () => (await import('./commands/clients.ts')).clients,
  unpair: async () => (await import('./commands/unpair.ts')).unpair,
  status: async () => (await import('./commands/status.ts')).status,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
};

const common_options: Readonly<Record<string, OptionSpec>> = {
  'data-dir': {
    type: 'string',
    value: 'DIR',
    help: `identity, clients, config.json (default ${defaultDataDir(process.env)})`,
  },
  json: { type: 'boolean', help: 'machine-readable output' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
  version: { type: 'boolean', help: 'the version' },
};

async function main(words: readonly string[]): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    print(await help(rest[0]));
    return exit_codes.ok;
  }
  if (first === '--version') {
    print(version);
    return exit_codes.ok;
  }
  const load = commands[first];
  if (!load || !Object.hasOwn(commands, first)) {
    throw new PunktfunkError('USAGE', { reason: `There is no command "${first}".` });
  }
  const command = await load();
  const options = { ...common_options, ...command.options };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: rest, options, allowPositionals: true, strict: true });
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split(/\. (?=To specify)/);
    throw new PunktfunkError('USAGE', { reason: `${sentence.replace(/\.$/, '')}.` });
  }
  const values = parsed.values as Record<string, string | boolean | undefined>;
  if (values.help) {
    print(await help(first));
    return exit_codes.ok;
  }
  if (values.version) {
    print(version);
    return exit_codes.ok;
  }
  if (parsed.positionals.length !== command.arity) {
    const reason = `Usage: punktfunk-host ${command.name}${command.parameters === '' ? '' : ` ${command.parameters}`} [options].`;
    throw new PunktfunkError('USAGE', { reason });
  }
  const data_dir =
    typeof values['data-dir'] === 'string'
      ? values['data-dir']
      : (process.env.PUNKTFUNK_DATA_DIR ?? defaultDataDir(process.env));
  const { resolve } = await import('node:path');
  return command.run({
    data_dir: resolve(data_dir),
    json: values.json === true,
    values,
    positionals: parsed.positionals,
    print,
  });
}

async function help(name: string | undefined): Promise<string> {
  const load = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) {
    const command = await load();
    return [
      `punktfunk-host ${command.name}${command.parameters === '' ? '' : ` ${command.parameters}`} [options]: ${command.summary}`,
      '',
      command.help,
      '',
      'Options:',
      ...optionLines({ ...command.options, ...common_options }),
    ].join('\n');
  }
  const all = await Promise.all(Object.values(commands).map((command) => command()));
  return `punktfunk-host: streams this machine's desktop to Moonlight clients.

A first stream:
  punktfunk-host doctor          # is everything there?
  punktfunk-host serve           # run it; keep this terminal
  # on the client: open Moonlight, choose this computer, read the PIN
  punktfunk-host pair 1234       # in another terminal

Commands:
${all.map((command) => `  ${`${command.name} ${command.parameters}`.padEnd(12)}  ${command.summary}`).join('\n')}

punktfunk-host COMMAND --help tells more. Options that all commands take:
${optionLines(common_options).join('\n')}

Exit codes: 0 done, 1 refused or something is missing, 2 wrong usage or configuration, 3 port taken or already running, 4 host not
running, 5 data directory unusable or damaged, 6 no desktop or engine, 70 an error inside punktfunk.`;
}

function optionLines(options: Readonly<Record<string, OptionSpec>>): string[] {
  const left = Object.entries(options).map(([name, option]) => `--${name}${option.value ? ` ${option.value}` : ''}`);
  return Object.values(options).map((option, index) => {
    const flag = left[index] ?? '';
    return flag.length > 30 ? `  ${flag}\n${' '.repeat(34)}${option.help}` : `  ${flag.padEnd(30)}  ${option.help}`;
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const json = process.argv.includes('--json');
process.stdout.on('error', () => {}); // a reader that went away (`| head`) is no error of ours

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = toPunktfunkError(error);
  if (json) print(JSON.stringify({ error: known.report }));
  else process.stderr.write(`${known.message}${known.cure === '' ? '' : `\n${known.cure}`}\n`);
  if (known.code === 'INTERNAL' && known.cause instanceof Error) process.stderr.write(`${known.cause.stack ?? ''}\n`);
  process.exitCode = known.exit_code;
}
// What is still open (a child that does not end, a socket of a library) does not keep the command from ending.
if (process.exitCode !== undefined) process.exit();
