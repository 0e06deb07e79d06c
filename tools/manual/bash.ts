// Completion for bash 4 and later, without the package bash-completion.

import type { Description, Values } from './description.ts';

export function bashCompletion({ commands, common }: Description): string {
  const cases = new Map<string, string>();
  for (const { name, options } of commands)
    for (const option of options) {
      if (option.value === undefined) continue;
      const place = common.some((one) => one.name === option.name) ? '*' : name;
      cases.set(`${place}:--${option.name}`, values(option.values));
    }
  for (const { name, options, argument } of commands) {
    const flags = options.map((option) => `--${option.name}`).join(' ');
    cases.set(`${name}:*`, argument.kind === 'free' ? offer(flags) : `${values(argument)}; ${offer(flags)}`);
  }
  const first = [...commands.map(({ name }) => name), '--help', '--version'];
  return `# Completion of punktfunk-host for bash, made of its --help by npm run manual.

_punktfunk_host_offer() { # _punktfunk_host_offer COMPGEN-OPTION...
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "$word")
}

# The first words of the lines that a command prints as a table.
_punktfunk_host_printed() {
  local line
  while read -r line _; do
    if [[ $line = "$word"* ]]; then COMPREPLY+=("$line"); fi
  done < <(punktfunk-host "$1" 2>/dev/null | grep '^[^ ]*  ')
}

_punktfunk_host() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  # --option=value comes as three words.
  if [[ $word = '=' ]]; then
    word=''
  elif [[ $before = '=' ]]; then
    before=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD == 1)); then
    ${offer(first.join(' '))}
    return
  fi
  case \${COMP_WORDS[1]}:$before in
${[...cases].map(([pattern, action]) => `    ${pattern}) ${action} ;;`).join('\n')}
  esac
}

complete -F _punktfunk_host punktfunk-host
`;
}

const offer = (words: string): string => `_punktfunk_host_offer -W '${words}'`;

function values(of: Values): string {
  switch (of.kind) {
    case 'words':
      return offer(of.words.join(' '));
    case 'folder':
      return 'compopt -o filenames && _punktfunk_host_offer -d';
    case 'file':
      return 'compopt -o filenames && _punktfunk_host_offer -f';
    case 'printed':
      return `_punktfunk_host_printed ${of.by}`;
    case 'free':
      return ':';
  }
}
