// What no question may bring to light, whoever asks: a table over all routes that only tell.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as ask } from 'node:https';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { createLogger } from './log.ts';
import { LogRing } from './log-ring.ts';
import { routes } from './management/routes.ts';
import { password, signIn } from './test-console.ts';
import { paired, type Running, run } from './test-host.ts';
import './test-limit.ts';

const environment = { KEY: randomBytes(12).toString('hex') };
const argument = randomBytes(12).toString('hex');

/** Each with its name; what the routes in `may_tell` are for is told there alone. */
const secretsOf = ({ data_dir }: Running, own: Record<string, string>): Record<string, string> => {
  const kept = JSON.parse(readFileSync(join(data_dir, 'console.json'), 'utf8'));
  const identity = JSON.parse(readFileSync(join(data_dir, 'identity.json'), 'utf8'));
  const sessions = JSON.parse(readFileSync(join(data_dir, 'browser-sessions.json'), 'utf8'));
  return {
    password,
    'its hash': kept.password.hash,
    'its salt': kept.password.salt,
    "a token's hash": kept.tokens[0].hash,
    "a session's hash": sessions.sessions[0].hash,
    'a cookie': own.cookie?.split('=')[1] ?? '',
    'the private key': String(identity.key_pem).split('\n')[1] ?? '',
    environment: environment.KEY,
    arguments: argument,
    csrf: own['x-punktfunk-csrf'] ?? '',
  };
};

const may_tell: Readonly<Record<string, readonly string[]>> = {
  '/applications/:id': ['environment', 'arguments'], // to be edited
  '/session': ['csrf'], // to the session itself
};

/** All of an answer; of one that goes on its first part. */
function answerOf({ port }: Running, path: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: port + 1, path, rejectUnauthorized: false, agent: false, headers };
    ask(options, (response) => {
      const parts: Buffer[] = [];
      const tell = () => {
        const bytes = Buffer.concat(parts);
        resolve((response.headers['content-type'] === 'application/gzip' ? gunzipSync(bytes) : bytes).toString());
      };
      const goes_on = response.headers['content-type']?.startsWith('text/event-stream');
      response.on('data', (part) => {
        parts.push(part);
        if (!goes_on) return;
        tell();
        response.destroy();
      });
      response.on('end', tell);
    })
      .on('error', reject)
      .end();
  });
}

t.test('no route that tells, asked with whatever right, tells a secret', async (t) => {
  const logs = new LogRing();
  const log = createLogger({ level: 'trace', pretty: false, destination: { write() {} }, ring: logs });
  const running = await run(t, {
    log,
    logs,
    async *examine() {},
    apps: [{ id: 7, title: 'Game', command: ['true', argument], environment, prepare: [{ do: ['true', argument] }] }],
  });
  const { access } = running.host.service;
  await paired(t, running, 'Tablet');
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
  const tokens = (['read', 'operate', 'admin'] as const).map(
    (scope) => access.createToken(scope, scope, undefined).secret,
  );
  const code = access.set_up_code ?? '';
  const told = routes.filter(({ method }) => method === 'GET');
  const pathOf = ({ path, at_root }: (typeof told)[number]) =>
    `${at_root ? '' : '/api/v1'}${path.replace('/applications/:id', '/applications/7').replaceAll(/:\w+/g, 'x')}`;
  const look = async (who: string, headers: Record<string, string>, secrets: Record<string, string>) => {
    for (const route of told) {
      const text = await answerOf(running, pathOf(route), headers);
      for (const [name, secret] of Object.entries(secrets)) {
        if (secret.length < 8) t.fail(`${name} is none`);
        const allowed = may_tell[route.path]?.includes(name);
        if (!allowed) t.notOk(text.includes(secret), `${who}: ${route.path}, ${name}`);
      }
    }
  };
  const before = { 'set-up code': code, 'typed otherwise': code.replace('-', ''), environment: environment.KEY };
  for (const headers of [{}, ...tokens.map(bearer)]) await look('before the set-up', headers, before);
  const own = await signIn(running);
  const secrets = secretsOf(running, own);
  for (const [index, token] of tokens.entries()) secrets[`token ${index}`] = token;
  for (const [who, headers] of [
    ['nobody', {}],
    ...tokens.map((token) => ['a token', bearer(token)] as const),
    ['a session', own],
  ] as const)
    await look(who, headers, secrets);
});
