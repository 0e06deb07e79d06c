// Completion for zsh, by its own completion system (zshcompsys(1)).

import type { Description, Option, Values } from './description.ts';

export function zshCompletion({ program, commands, common }: Description): string {
  const me = `_${program.replaceAll('-', '_')}`;
  const list = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map(({ name, parameters, argument, options }) => {
    const specs = options.map((option) => optionSpec(option, me));
    if (parameters !== '') specs.push(quoted(`:${escaped(parameters)}:${action(argument, me)}`));
    return `      ${name})\n        _arguments -s \\\n          ${specs.join(' \\\n          ')}\n        ;;`;
  });
  const first = common.filter(({ name }) => ['help', 'version'].includes(name)).map((option) => optionSpec(option, me));
  return `#compdef ${program}
# Completion of ${program} for zsh, made of its --help by npm run manual.

# The first words of the lines that a command prints as a table; the rest tells what they are.
${me}_printed() {
  local -a lines=(\${(f)"$(${program} "$1" 2>/dev/null | grep '^[^ ]*  ')"})
  local -a found=(\${lines%% *})
  compadd -l -d lines -a found
}

${me}() {
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

${me} "$@"
`;
}

function optionSpec({ name, short, value, values, help }: Option, me: string): string {
  const flags = short === undefined ? '' : `(-${short} --${name})`;
  const one = (flag: string) =>
    quoted(
      `${flags}${flag}${value === undefined ? '' : '='}[${escaped(help)}]${value === undefined ? '' : `:${escaped(value)}:${action(values, me)}`}`,
    );
  return [...(short === undefined ? [] : [`-${short}`]), `--${name}`].map(one).join(' ');
}

const escaped = (text: string): string => text.replaceAll(/[[\]:\\]/g, '\\$&');
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function action(of: Values, me: string): string {
  switch (of.kind) {
    case 'words':
      return `(${of.words.join(' ')})`;
    case 'folder':
      return '_files -/';
    case 'file':
      return '_files';
    case 'printed':
      return ` ${me}_printed ${of.by}`;
    case 'free':
      return ' ';
  }
}
