// Completion for fish.

import type { CommandDescription, Description, Option, Values } from './description.ts';

export function fishCompletion({ program, commands, common }: Description): string {
  const first = common.filter(({ name }) => ['help', 'version'].includes(name));
  return `# Completion of ${program} for fish, made of its --help by npm run manual.
complete -c ${program} -f
${[...first.map((option) => line(program, '__fish_use_subcommand', option)), ...commands.flatMap((command) => linesOf(program, command))].join('\n')}
`;
}

function linesOf(program: string, { name, summary, argument, options }: CommandDescription): string[] {
  const seen = `__fish_seen_subcommand_from ${name}`;
  return [
    `complete -c ${program} -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...(argument.kind === 'free' ? [] : [`complete -c ${program} -n ${quoted(seen)} ${words(program, argument)}`]),
    ...options.map((option) => line(program, seen, option)),
  ];
}

const line = (program: string, when: string, { name, short, value, values, help }: Option): string =>
  [
    `complete -c ${program} -n ${quoted(when)} -l ${name}`,
    ...(short === undefined ? [] : [`-s ${short}`]),
    ...(value === undefined ? [] : ['-r', words(program, values)]),
    `-d ${quoted(help)}`,
  ].join(' ');

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;

function words(program: string, of: Values): string {
  switch (of.kind) {
    case 'words':
      return `-f -a ${quoted(of.words.join(' '))}`;
    case 'folder':
      return `-f -a '(__fish_complete_directories)'`;
    case 'file':
      return '-F';
    case 'printed':
      return `-f -a "(${program} ${of.by} 2>/dev/null | string replace -rf '^(\\S+)  ' '\\$1\\t')"`;
    case 'free':
      return '-f';
  }
}
