import { exit_codes } from '../errors.ts';
import { runChecks } from './checks.ts';
import type { Command } from './command.ts';
import { configOf, setting_options } from './settings.ts';

const marks = { ok: ' ok ', missing: 'MISS', note: 'note' } as const;

export const doctor: Command = {
  name: 'doctor',
  summary: 'look for what streaming needs, and say how to get it',
  parameters: '',
  arity: 0,
  help: `Looks at the build, the engine, the desktop, the ports and the data directory. Exit code 1 when something needed is missing.

  {host} doctor
  {host} doctor --json | jq '.checks[] | select(.state == "missing")'`,
  options: setting_options,
  async run(context) {
    const checks = await runChecks(configOf(context));
    const complete = checks.every((check) => check.state !== 'missing');
    if (context.json) {
      context.print(JSON.stringify({ complete, checks }));
    } else {
      for (const { name, state, detail, cure } of checks) {
        context.print(`${marks[state]}  ${name.padEnd(9)} ${detail}`);
        if (cure !== '') context.print(`                ${cure}`);
      }
      context.print(complete ? '\nThis machine can stream.' : '\nSomething is missing: see MISS above.');
    }
    return complete ? exit_codes.ok : exit_codes.refused;
  },
};
