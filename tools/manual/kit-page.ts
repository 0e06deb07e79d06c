// The kit's manual page, in the macros of man(7): what each command's --help says, as it stands.

import type { KitDescription } from './kit.ts';
import { roff } from './roff.ts';

export function kitPage({ commands, helps }: KitDescription): string {
  return `${[
    '.\\" Made of --help by npm run manual.',
    '.TH PUNKTFUNK\\-HARNESS 1 "" "punktfunk" "User Commands"',
    '.SH NAME',
    'punktfunk\\-harness \\- measure streaming hosts: latency, loss, capture, encoders',
    '.SH SYNOPSIS',
    '.B punktfunk\\-harness',
    '.I COMMAND',
    '[options]',
    '.SH DESCRIPTION',
    roff(
      'Each command measures one thing, and leaves a report: figures with error bars, notes, a verdict, which is the exit code too.',
    ),
    '.SH COMMANDS',
    ...commands.flatMap(({ name, summary }) => ['.TP', `\\fB${roff(name)}\\fR`, roff(summary)]),
    ...commands.flatMap(({ name }) => [
      `.SH ${roff(name.toUpperCase())}`,
      '.nf',
      '.in 0',
      ...(helps.get(name) ?? '').trimEnd().split('\n').map(asItStands),
      '.in',
      '.fi',
    ]),
  ].join('\n')}\n`;
}

/** What begins with a dot or a quote would be a request. */
const asItStands = (line: string): string => (/^[.']/.test(line) ? '\\&' : '') + roff(line);
