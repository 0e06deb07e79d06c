// The measuring kit, as its --help describes it: each command reads its own words, and what it says of them is all that is known.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { harness_command, package_root } from '../../src/installation.ts';
import { type CommandDescription, type Description, type Option, valuesOf } from './description.ts';

export interface KitDescription extends Description {
  /** What --help says, by command. */
  readonly helps: ReadonlyMap<string, string>;
}

/** A checkout's alone: no package has them. */
const of_checkouts = ['bench'];
const help: Option = { name: 'help', short: 'h', value: undefined, values: { kind: 'free' }, help: 'what it does' };

/** An installed copy's, whichever copy this is. */
export function describeKit(): KitDescription {
  const lines = [...helpOf().matchAll(/^ {2}([a-z][a-z-]*) +(\S.*)$/gm)];
  const listed = lines.flatMap(([, name = '', summary = '']) =>
    of_checkouts.includes(name) ? [] : [{ name, summary }],
  );
  const helps = new Map(listed.map(({ name }) => [name, helpOf(name)] as const));
  const commands = listed.map(({ name, summary }): CommandDescription => {
    const text = helps.get(name) ?? '';
    const [, operands = ''] = new RegExp(`^usage: punktfunk-harness ${name} (.*)$`, 'm').exec(text) ?? [];
    const parameters = operands.replace(/ ?\[options\]$/, '');
    const argument = parameters.startsWith('FILE') ? ({ kind: 'file' } as const) : valuesOf(parameters);
    return { name, summary, parameters, argument, help: text, options: [...optionsOf(text), help] };
  });
  return { program: 'punktfunk-harness', commands, common: [help], helps };
}

function helpOf(...command: readonly string[]): string {
  const said = execFileSync(process.execPath, [join(package_root, 'harness/main.ts'), ...command, '--help'], {
    encoding: 'utf8',
    env: { ...process.env, XDG_DATA_HOME: '/home/user/.local/share' },
  });
  return said
    .replaceAll(harness_command, 'punktfunk-harness')
    .replaceAll('/home/user/', '~/')
    .replaceAll('…', '...')
    .replaceAll('build/measure', 'punktfunk-measured');
}

/** Of lines that begin with one, or with several that share a text, which may go on below them. */
function optionsOf(text: string): Option[] {
  const found = [...text.matchAll(/^ {2}(--\S.*)((?:\n {10,}\S.*)*)/gm)];
  return found.flatMap(([, first = '', rest = '']) => {
    const [, head = '', said = ''] = /^(.*?)(?: {2,}(.*)|$)/.exec(first) ?? [];
    const words = `${said} ${rest}`.trim().replaceAll(/\s+/g, ' ');
    return [...head.matchAll(/--([a-z0-9-]+)(?: ([^\s-]\S*))?/g)].map(
      ([, name = '', value]): Option => ({ name, short: undefined, value, values: valuesOf(value ?? ''), help: words }),
    );
  });
}
