// What --help shows, for a terminal of 80 columns. In the texts {host} is the command as it can be typed on this copy.

import { exit_codes } from '../errors.ts';
import { withOwnWords } from '../installation.ts';
import type { Command, OptionSpec } from './command.ts';

const columns = 80;
const help_column = 22;

type Options = Readonly<Record<string, OptionSpec>>;

const exit_meanings: Readonly<Record<keyof typeof exit_codes, string>> = {
  ok: 'done',
  refused: 'refused or something is missing',
  usage: 'wrong usage or configuration',
  port_taken: 'port taken or already running',
  not_running: 'host not running',
  data: 'data directory unusable or damaged',
  unavailable: 'no desktop or engine',
  output: 'output not written',
  internal: 'an error inside punktfunk',
  interrupted: 'forced to stop',
};

export const exitMeanings = (): { code: number; meaning: string }[] =>
  Object.entries(exit_codes).map(([name, code]) => ({ code, meaning: exit_meanings[name as keyof typeof exit_codes] }));

/** The help of one command. */
export function commandHelp(command: Command, common: Options): string {
  const parameters = command.parameters === '' ? '' : ` ${command.parameters}`;
  return [
    ...wrap(`punktfunk-host ${command.name}${parameters} [options]: ${command.summary}`),
    '',
    ...paragraphs(command.help),
    '',
    'Options:',
    ...optionLines({ ...command.options, ...common }),
  ].join('\n');
}

/** The help of the whole. */
export function overview(commands: readonly Command[], common: Options): string {
  return [
    ...paragraphs(`punktfunk-host: streams this machine's desktop to Moonlight clients.

A first stream:
  {host} doctor          # is everything there?
  {host} serve           # run it; keep this terminal
  # on the client: open Moonlight, choose this computer, read the PIN
  {host} pair 1234       # in another terminal

Commands:`),
    ...commands.map((command) => `  ${`${command.name} ${command.parameters}`.padEnd(12)}  ${command.summary}`),
    '',
    ...paragraphs('COMMAND --help tells more. Options that all commands take:'),
    ...optionLines(common),
    '',
    ...paragraphs(
      `Exit codes: ${exitMeanings()
        .map(({ code, meaning }) => `${code} ${meaning}`)
        .join(', ')}.`,
    ),
  ].join('\n');
}

/** Prose is wrapped; examples, which are indented, stay as they are. */
function paragraphs(text: string): string[] {
  const lines: string[] = [];
  for (const block of text.split('\n\n')) {
    if (lines.length > 0) lines.push('');
    let prose = '';
    const flush = () => {
      if (prose !== '') lines.push(...wrap(prose));
      prose = '';
    };
    for (const line of block.split('\n')) {
      if (line.startsWith(' ')) {
        flush();
        lines.push(...example(line));
      } else {
        prose += prose === '' ? line : ` ${line}`;
      }
    }
    flush();
  }
  return lines;
}

/** A line to be typed; its remark goes before it where both do not fit. */
function example(line: string): string[] {
  const typed = withOwnWords(line);
  const [, indent, command, remark] = /^( +)(\S.*?) {2,}(#.*)$/.exec(typed) ?? [];
  return command === undefined || typed.length <= columns ? [typed] : [`${indent}${remark}`, `${indent}${command}`];
}

function optionLines(options: Options): string[] {
  return Object.entries(options).flatMap(([name, option]) => {
    const flag = `  --${name}${option.value ? ` ${option.value}` : ''}`;
    const indent = ' '.repeat(help_column);
    const text = wrap(option.help, columns - help_column).map((line) => indent + line);
    if (flag.length + 2 > help_column) return [...wrap(flag, columns, '      '), ...text];
    const [first = '', ...rest] = text;
    return [flag.padEnd(help_column) + first.slice(help_column), ...rest];
  });
}

/** Lines of at most `width` columns; a word that is longer stands alone. A choice (a|b) may break after its bar. */
export function wrap(text: string, width = columns, hanging = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const part of withOwnWords(text).split(/(?<= )|(?<=\|)/)) {
    if (line !== '' && (line + part).trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = hanging;
    }
    line += part;
  }
  lines.push(line.trimEnd());
  return lines;
}
