// Completion for zsh, by its own completion system (zshcompsys(1)).

import type { Description, Option, Values } from './description.ts';

export function zshCompletion({ commands, common }: Description): string {
  const list = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map(({ name, parameters, argument, options }) => {
    const specs = options.map(optionSpec);
    if (parameters !== '') specs.push(quoted(`:${escaped(parameters)}:${action(argument)}`));
    return `      ${name})\n        _arguments -s \\\n          ${specs.join(' \\\n          ')}\n        ;;`;
  });
  const first = common.filter(({ name }) => ['help', 'version'].includes(name)).map(optionSpec);
  return `#compdef punktfunk-host
# Completion of punktfunk-host for zsh, made of its --help by npm run manual.

# The first words of the lines that a command prints as a table; the rest tells what they are.
_punktfunk_host_printed() {
  local -a lines=(\${(f)"$(punktfunk-host "$1" 2>/dev/null | grep '^[^ ]*  ')"})
  local -a found=(\${lines%% *})
  compadd -l -d lines -a found
}

_punktfunk_host() {
  local state
  local -a commands=(
${list.join('\n')}
  )
  _arguments -C \\
    ${[...first, "'1:command:->command'", "'*::argument:->argument'"].join(' \\\n    ')}
  if [[ $state = command ]]; then
    _describe -t commands command commands
  elif [[ $state = argument ]]; then
    case $words[1] in
${cases.join('\n')}
    esac
  fi
}

_punktfunk_host "$@"
`;
}

function optionSpec({ name, short, value, values, help }: Option): string {
  const flags = short === undefined ? '' : `(-${short} --${name})`;
  const one = (flag: string) =>
    quoted(
      `${flags}${flag}${value === undefined ? '' : '='}[${escaped(help)}]${value === undefined ? '' : `:${escaped(value)}:${action(values)}`}`,
    );
  return [...(short === undefined ? [] : [`-${short}`]), `--${name}`].map(one).join(' ');
}

const escaped = (text: string): string => text.replaceAll(/[[\]:\\]/g, '\\$&');
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function action(of: Values): string {
  switch (of.kind) {
    case 'words':
      return `(${of.words.join(' ')})`;
    case 'folder':
      return '_files -/';
    case 'file':
      return '_files';
    case 'printed':
      return ` _punktfunk_host_printed ${of.by}`;
    case 'free':
      return ' ';
  }
}
