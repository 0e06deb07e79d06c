// The command line: picks a command, reads its options, turns errors into a sentence and an exit code. Nothing else.

import { enableCompileCache } from 'node:module';
import { parseArgs } from 'node:util';
import { commandHelp, overview } from './commands/help.ts';
import { commands, common_options } from './commands/list.ts';
import { cache_dir, defaultDataDir, version } from './config/paths.ts';
import { exit_codes, PunktfunkError, reasonOf, toPunktfunkError } from './errors.ts';
import { host_command } from './installation.ts';
import { watchOutput } from './standard-output.ts';

if (cache_dir !== undefined) enableCompileCache(cache_dir); // type stripping alone would cost 17 MB and 0.1 s at each start

async function main(words: readonly string[]): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    print(await help(rest[0]));
    return exit_codes.ok;
  }
  if (first === '--version') {
    printVersion();
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
    printVersion();
    return exit_codes.ok;
  }
  if (parsed.positionals.length !== command.arity) {
    const reason = `Usage: ${host_command} ${command.name}${command.parameters === '' ? '' : ` ${command.parameters}`} [options].`;
    throw new PunktfunkError('USAGE', { reason });
  }
  const { resolve } = await import('node:path');
  return command.run({
    data_dir: resolve(typeof values['data-dir'] === 'string' ? values['data-dir'] : defaultDataDir(process.env)),
    json: values.json === true,
    values,
    positionals: parsed.positionals,
    print,
  });
}

async function help(name: string | undefined): Promise<string> {
  const load = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return commandHelp(await load(), common_options);
  return overview(await Promise.all(Object.values(commands).map((command) => command())), common_options);
}

function printVersion(): void {
  print(json ? JSON.stringify({ version }) : version);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const json = process.argv.includes('--json');
const written = watchOutput();

try {
  process.exitCode = await main(process.argv.slice(2));
  const unwritten = await written();
  if (unwritten) throw new PunktfunkError('OUTPUT_FAILED', { reason: reasonOf(unwritten) });
} catch (error) {
  const known = toPunktfunkError(error);
  if (json && !(await written())) print(JSON.stringify({ error: known.report }));
  else process.stderr.write(`${known.message}${known.cure === '' ? '' : `\n${known.cure}`}\n`);
  if (known.code === 'INTERNAL' && known.cause instanceof Error) process.stderr.write(`${known.cause.stack ?? ''}\n`);
  process.exitCode = known.exit_code;
}
// What is still open (a child that does not end, a socket of a library) does not keep the command from ending.
if (process.exitCode !== undefined) process.exit();
