// Completion for fish.

import type { CommandDescription, Description, Option, Values } from './description.ts';

export function fishCompletion({ commands, common }: Description): string {
  const first = common.filter(({ name }) => ['help', 'version'].includes(name));
  return `# Completion of punktfunk-host for fish, made of its --help by npm run manual.
complete -c punktfunk-host -f
${[...first.map((option) => line('__fish_use_subcommand', option)), ...commands.flatMap(linesOf)].join('\n')}
`;
}

function linesOf({ name, summary, argument, options }: CommandDescription): string[] {
  const seen = `__fish_seen_subcommand_from ${name}`;
  return [
    `complete -c punktfunk-host -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...(argument.kind === 'free' ? [] : [`complete -c punktfunk-host -n ${quoted(seen)} ${words(argument)}`]),
    ...options.map((option) => line(seen, option)),
  ];
}

const line = (when: string, { name, short, value, values, help }: Option): string =>
  [
    `complete -c punktfunk-host -n ${quoted(when)} -l ${name}`,
    ...(short === undefined ? [] : [`-s ${short}`]),
    ...(value === undefined ? [] : ['-r', words(values)]),
    `-d ${quoted(help)}`,
  ].join(' ');

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;

function words(of: Values): string {
  switch (of.kind) {
    case 'words':
      return `-f -a ${quoted(of.words.join(' '))}`;
    case 'folder':
      return `-f -a '(__fish_complete_directories)'`;
    case 'file':
      return '-F';
    case 'printed':
      return `-f -a "(punktfunk-host ${of.by} 2>/dev/null | string replace -rf '^(\\S+)  ' '\\$1\\t')"`;
    case 'free':
      return '-f';
  }
}
