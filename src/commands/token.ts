import { exit_codes, PunktfunkError } from '../errors.ts';
import { HostClient } from '../management/client.ts';
import { scopes } from '../trust/credentials.ts';
import type { Command } from './command.ts';

export const token: Command = {
  name: 'token',
  summary: 'create, list or revoke tokens for scripts',
  parameters: 'create|list|revoke',
  arity: 1,
  help: `A token lets a script use the API. It may read (look), operate (also stop streams) or admin (also pair and change settings, but for
what names commands). Its secret is shown once:

  {host} token create --name ci --scope read --expires 30d
  {host} token list
  {host} token revoke --id 1f3a90c2`,
  options: {
    name: { type: 'string', value: 'NAME', help: 'create: what to call it' },
    scope: { type: 'string', value: scopes.join('|'), help: 'create: what it may do' },
    expires: { type: 'string', value: 'DAYS', help: 'create: until when it is good, such as 30d; never without' },
    id: { type: 'string', value: 'ID', help: 'revoke: which one' },
  },
  async run({ data_dir, json, values, positionals, print }) {
    const [action = ''] = positionals;
    const host = new HostClient(data_dir);
    const run = Object.hasOwn(actions, action) ? actions[action as keyof typeof actions] : undefined;
    if (!run) throw usage('token takes create, list or revoke.');
    const { answer, lines } = await run(host, values);
    if (json) print(JSON.stringify(answer));
    else for (const line of lines) print(line);
    return exit_codes.ok;
  },
};

const usage = (reason: string) => new PunktfunkError('USAGE', { reason });

type Values = Parameters<Command['run']>[0]['values'];
interface Said {
  answer: unknown;
  lines: string[];
}

const actions = { create, list, revoke };

async function create(host: HostClient, { name, scope = 'read', expires }: Values): Promise<Said> {
  if (typeof name !== 'string') throw usage('--name says what to call the token.');
  const [, days] = /^(\d{1,4})d$/.exec(String(expires ?? '')) ?? [];
  if (expires !== undefined && days === undefined) throw usage('--expires takes days, such as 30d.');
  const known = scopes.find((one) => one === scope);
  if (!known) throw usage(`--scope takes ${scopes.join(', ')}.`);
  const body = { name, scope: known, ...(days ? { expires_days: Number(days) } : {}) };
  const answer = await host.ask('POST', '/api/v1/tokens', { body });
  return {
    answer,
    lines: [`${answer.secret}`, `This is token ${answer.token.id}; it is not shown again.`],
  };
}

async function list(host: HostClient): Promise<Said> {
  const answer = await host.ask('GET', '/api/v1/tokens');
  const lines = answer.map(({ id, name, scope, expires_at, last_used_at }) => {
    const until = expires_at === null ? 'never expires' : `until ${expires_at.slice(0, 10)}`;
    const used = last_used_at === null ? 'never used' : `used ${last_used_at.slice(0, 16).replace('T', ' ')}`;
    return `${id}  ${scope.padEnd(7)}  ${until}  ${used}  ${name}`;
  });
  return { answer, lines: lines.length === 0 ? ['There are no tokens.'] : lines };
}

async function revoke(host: HostClient, { id }: Values): Promise<Said> {
  if (typeof id !== 'string') throw usage('--id says which token.');
  const answer = await host.ask('DELETE', '/api/v1/tokens/{id}', { path: { id } });
  return { answer, lines: [`The token ${answer.name} is void.`] };
}
