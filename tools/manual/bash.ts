// Completion for bash 4 and later, without the package bash-completion.

import type { Description, Values } from './description.ts';

export function bashCompletion({ program, commands, common }: Description): string {
  const me = `_${program.replaceAll('-', '_')}`;
  const offer = (words: string): string => `${me}_offer -W '${words}'`;
  const cases = new Map<string, string>();
  for (const { name, options } of commands)
    for (const option of options) {
      if (option.value === undefined) continue;
      const place = common.some((one) => one.name === option.name) ? '*' : name;
      cases.set(`${place}:--${option.name}`, values(option.values, me));
    }
  for (const { name, options, argument } of commands) {
    const flags = options.map((option) => `--${option.name}`).join(' ');
    cases.set(`${name}:*`, argument.kind === 'free' ? offer(flags) : `${values(argument, me)}; ${offer(flags)}`);
  }
  const first = [...commands.map(({ name }) => name), ...common.map(({ name }) => `--${name}`).filter(isFirst)];
  return `# Completion of ${program} for bash, made of its --help by npm run manual.

${me}_offer() { # ${me}_offer COMPGEN-OPTION...
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@" -- "$word")
}

# The first words of the lines that a command prints as a table.
${me}_printed() {
  local line
  while read -r line _; do
    if [[ $line = "$word"* ]]; then COMPREPLY+=("$line"); fi
  done < <(${program} "$1" 2>/dev/null | grep '^[^ ]*  ')
}

${me}() {
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

complete -F ${me} ${program}
`;
}

/** What may stand in place of a command. */
const isFirst = (flag: string): boolean => ['--help', '--version'].includes(flag);

function values(of: Values, me: string): string {
  switch (of.kind) {
    case 'words':
      return `${me}_offer -W '${of.words.join(' ')}'`;
    case 'folder':
      return `compopt -o filenames && ${me}_offer -d`;
    case 'file':
      return `compopt -o filenames && ${me}_offer -f`;
    case 'printed':
      return `${me}_printed ${of.by}`;
    case 'free':
      return ':';
  }
}
