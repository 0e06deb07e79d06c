// The manual page, in the macros of man(7).

import { exitMeanings } from '../../src/commands/help.ts';
import { setting_options } from '../../src/commands/settings.ts';
import { defaults, type SettingName, setting_help } from '../../src/config/schema.ts';
import type { CommandDescription, Description, Option } from './description.ts';
import { roff } from './roff.ts';

export function manualPage({ commands, common }: Description): string {
  return `${[
    `.\\" Made of --help by npm run manual.`,
    '.TH PUNKTFUNK\\-HOST 1 "" "punktfunk" "User Commands"',
    '.SH NAME',
    `punktfunk\\-host \\- stream this machine's desktop to Moonlight clients`,
    '.SH SYNOPSIS',
    ...commands.flatMap(({ name, parameters }) => [...synopsis(name, parameters), '.br']).slice(0, -1),
    '.SH DESCRIPTION',
    ...prose(description),
    '.SH COMMANDS',
    ...commands.flatMap((command) => commandSection(command, common)),
    '.SH OPTIONS',
    'All commands take these.',
    ...common.flatMap(optionEntry),
    '.SH CONFIGURATION',
    ...prose(configuration),
    ...(Object.keys(setting_help) as SettingName[]).flatMap(settingEntry),
    '.SH FILES',
    ...entries(files),
    '.SH EXIT STATUS',
    ...entries(exitMeanings().map(({ code, meaning }): [string, string] => [String(code), meaning])),
  ].join('\n')}\n`;
}

const description = `The host streams the desktop of the user who runs it, or one of its own where there is none. A first stream:

  punktfunk-host doctor          # is everything there?
  punktfunk-host serve           # run it; keep this terminal
  # on the client: open Moonlight, choose this computer, read the PIN
  punktfunk-host pair 1234       # in another terminal`;

const configuration = `A setting is a line of config.json in the data directory ({"base_port": 50000}), a variable of the environment \
(PUNKTFUNK_BASE_PORT=50000) or an option of \`serve\` and \`doctor\` (--base-port 50000); \`apps\` stands in the file alone. The option \
wins over the environment, the environment over the file.`;

const files: [string, string][] = [
  [
    '~/.local/share/punktfunk',
    `The data directory of a user; root's is /var/lib/punktfunk. PUNKTFUNK_DATA_DIR names another.`,
  ],
  ['DIR/config.json', 'The settings, written by hand.'],
  ['DIR/identity.json', `The host's key and certificate. Nobody else may read it.`],
  ['DIR/clients.json', 'The paired clients.'],
  ['DIR/host.sock', 'Where the running host answers the other commands.'],
];

const isSetting = ({ name, help }: Option): boolean => setting_options[name]?.help === help;

const synopsis = (name: string, parameters: string): string[] => [
  `.B punktfunk\\-host ${roff(name)}`,
  ...(parameters === '' ? [] : [`.I ${roff(parameters)}`]),
  '[options]',
];

function commandSection(command: CommandDescription, common: readonly Option[]): string[] {
  const { name, parameters, summary, help, options } = command;
  const own = options.filter((option) => !common.some((one) => one.name === option.name));
  const others = own.filter((option) => !isSetting(option));
  return [
    `.SS ${roff([name, parameters].filter(Boolean).join(' '))}`,
    ...prose(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}. ${help}`),
    ...(own.length > others.length ? ['.PP', 'It takes each setting as an option: see CONFIGURATION.'] : []),
    ...others.flatMap(optionEntry),
  ];
}

function optionEntry({ name, short, value, help }: Option): string[] {
  const flags = [...(short === undefined ? [] : [`-${short}`]), `--${name}`]
    .map((flag) => `\\fB${roff(flag)}\\fR`)
    .join(', ');
  return ['.TP', `${flags}${value === undefined ? '' : ` \\fI${roff(value)}\\fR`}`, ...prose(help)];
}

function settingEntry(name: SettingName): string[] {
  const { help, takes, value } = setting_help[name];
  const standard = JSON.stringify(defaults()[name]);
  return [
    ...['.TP', `\\fB${roff(name)}\\fR${value === '' ? '' : ` \\fI${roff(value)}\\fR`}`],
    ...prose(`${help} (default ${standard}).${takes === undefined ? '' : ` It takes ${takes}.`}`),
  ];
}

const entries = (of: readonly [string, string][]): string[] =>
  of.flatMap(([term, text]) => ['.TP', `\\fB${roff(term)}\\fR`, ...prose(text)]);

/** Paragraphs; lines that are indented stay as they are, a remark that makes one too long goes before it. */
function prose(text: string): string[] {
  return text.split('\n\n').flatMap((block, index) => {
    const begin = index === 0 ? [] : ['.PP'];
    if (!block.startsWith(' ')) return [...begin, line(block.replaceAll('\n', ' '))];
    return [...begin, '.RS 4', '.nf', ...block.split('\n').flatMap(typed), '.fi', '.RE'];
  });
}

function typed(example: string): string[] {
  const [, command, remark] = /^(\S.*?) {2,}(#.*)$/.exec(example.trim()) ?? [];
  const parts =
    command === undefined || remark === undefined || example.length <= 66 ? [example.trim()] : [remark, command];
  return parts.map(line);
}

/** What begins with a dot or a quote would be a request. */
const line = (text: string): string =>
  (/^[.']/.test(text) ? '\\&' : '') + roff(text).replaceAll(/`([^`]+)`/g, '\\fB$1\\fR');
