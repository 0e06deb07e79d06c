import { outsideAddresses } from '../addresses.ts';
import type { Config } from '../config/load.ts';
import { exit_codes } from '../errors.ts';
import type { Check } from './check.ts';
import { runChecks } from './checks.ts';
import type { Command } from './command.ts';
import { wrap } from './help.ts';
import { configOf, setting_options } from './settings.ts';

const marks = { ok: ' ok ', missing: 'MISS', note: 'note' } as const;
const indent = ' '.repeat(16);

export const doctor: Command = {
  name: 'doctor',
  summary: 'look for what streaming needs, and say how to get it',
  parameters: '',
  arity: 0,
  help: `Looks at the build, the engine, the desktop, the ports and the data directory. Exit code 1 when something needed is missing.

  {host} doctor
  {host} doctor --json`,
  options: setting_options,
  async run(context) {
    const config = configOf(context);
    const checks = await runChecks(config);
    const complete = checks.every((check) => check.state !== 'missing');
    if (context.json) {
      context.print(JSON.stringify({ complete, checks }));
    } else {
      for (const { name, state, detail, cure } of checks) {
        for (const line of wrap(`${marks[state]}  ${name.padEnd(9)} ${detail}`, 80, indent)) context.print(line);
        // Not wrapped: much of it is to be copied.
        if (cure !== '') context.print(`${indent}${cure}`);
      }
      context.print(`\n${verdict(checks, config)}`);
    }
    return complete ? exit_codes.ok : exit_codes.refused;
  },
};

function verdict(checks: readonly Check[], config: Config): string {
  const missing = checks.filter(({ state }) => state === 'missing').map(({ name }) => name);
  if (missing.length > 0) return `This machine cannot stream yet: see MISS above (${missing.join(', ')}).`;
  return outsideAddresses(config.bind).length > 0
    ? 'This machine can stream.'
    : 'This machine can stream, but only to programs on itself: no address of it can be reached from outside.';
}
