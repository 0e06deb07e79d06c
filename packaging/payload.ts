// The payload's command line: node packaging/payload.ts --help

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { expand } from './payload/expand.ts';
import { type Format, formats, PayloadError, package_names, readPayload } from './payload/read.ts';
import { differences, manifest, stage } from './payload/stage.ts';

const checkout = resolve(import.meta.dirname, '..');
const help = `What is installed, from packaging/payload.txt.

  node packaging/payload.ts stage ROOT --kind KIND    write it into the empty folder ROOT
  node packaging/payload.ts list --kind KIND [--json] type, mode, owner, size, sha256, path of each
  node packaging/payload.ts verify ROOT --kind KIND   compare an installed root with the list

  --kind KIND      ${formats.join(', ')}
  --package NAME   ${package_names.join(' or ')} alone
  --payload FILE   another list

Times of files: SOURCE_DATE_EPOCH, else the last commit's, else 1970.
Exit codes: 0 done, 1 the list or a root is wrong, 2 wrong usage.`;

class UsageError extends Error {}

function main(args: string[]): number {
  const { values, positionals } = parseArguments(args);
  if (values.help || positionals.length === 0) {
    console.log(help);
    return values.help ? 0 : 2;
  }
  const [command, root] = positionals;
  const kind = formats.find((format) => format === values.kind);
  if (!kind) throw new UsageError(`--kind is one of ${formats.join(', ')}`);
  const name = values.payload ?? 'packaging/payload.txt';
  if (values.package !== undefined && !package_names.some((one) => one === values.package))
    throw new UsageError(`--package is one of ${package_names.join(', ')}`);
  const isAsked = (one: { package: string }) => values.package === undefined || one.package === values.package;
  const entries = () => entriesOf(values.payload ?? join(checkout, name), name, kind);
  const items = () => manifest(entries()).filter(isAsked);
  if (command === 'list' && root === undefined) {
    if (values.json) console.log(JSON.stringify(items(), null, 1));
    else
      for (const item of items())
        console.log(item.type, item.mode, item.owner, item.size, item.sha256 || '-', item.path);
    return 0;
  }
  if (root === undefined || positionals.length > 2) throw new UsageError('COMMAND ROOT, see --help');
  if (command === 'stage') {
    stage(entries().filter(isAsked), resolve(root), epoch());
    return 0;
  }
  if (command !== 'verify') throw new UsageError(`there is no command "${command}", see --help`);
  const found = differences(items(), resolve(root));
  for (const sentence of found) console.log(sentence);
  return found.length === 0 ? 0 : 1;
}

function parseArguments(args: string[]) {
  try {
    const options = {
      kind: { type: 'string' },
      package: { type: 'string' },
      payload: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    return parseArgs({ args, allowPositionals: true, options });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function entriesOf(path: string, name: string, kind: Format) {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new PayloadError(`${name} cannot be read: ${(error as Error).message}`);
  }
  return expand(readPayload(text, name), checkout, kind, name);
}

/** Seconds. 1970 is what ostree and reproducible images give every file. */
function epoch(): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined) {
    if (!/^\d{1,11}$/.test(given)) throw new UsageError(`SOURCE_DATE_EPOCH is "${given}", not a number of seconds`);
    return Number(given);
  }
  const git = spawnSync('git', ['-C', checkout, 'log', '-1', '--format=%ct'], { encoding: 'utf8' });
  return git.status === 0 ? Number(git.stdout) : 0;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof PayloadError || error instanceof UsageError)) throw error;
  console.error(`payload: ${error.message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
