import type { Check } from '../doctor/check.ts';
import { isComplete, runChecks, verdictOf } from '../doctor/checks.ts';
import { exit_codes } from '../errors.ts';
import { HostClient } from '../management/client.ts';
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
    const { json, print } = context;
    const { current: config } = configOf(context);
    const running = await new HostClient(config.data_dir).ask('GET', '/api/v1/status').catch(() => undefined);
    const checks: Check[] = [];
    for await (const check of runChecks(config, running)) {
      checks.push(check);
      if (!json) for (const line of linesOf(check)) print(line);
    }
    const complete = isComplete(checks);
    print(json ? JSON.stringify({ complete, checks }) : `\n${verdictOf(checks, config.bind)}`);
    return complete ? exit_codes.ok : exit_codes.refused;
  },
};

function linesOf({ name, state, detail, cure }: Check): string[] {
  const lines = wrap(`${marks[state]}  ${name.padEnd(9)} ${detail}`, 80, indent);
  return cure === '' ? lines : [...lines, `${indent}${cure}`]; // not wrapped: much of it is to be copied
}
