// What tests say to the console's listener of a whole host.

import { request as ask, type RequestOptions } from 'node:https';
import { connect } from 'node:tls';
import type { Running } from './test-host.ts';

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

export const password = 'correct horse battery';

/** A request of its own connection to the console of a host. */
export function say(
  running: Running,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: object | Buffer,
  tls: RequestOptions = {},
): Promise<Answer> {
  const port = running.port + 1;
  const sent = Buffer.isBuffer(body) ? body : body && Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, rejectUnauthorized: false, agent: false, ...tls };
    const type = sent ? { 'content-type': 'application/json', 'content-length': String(sent.length) } : {};
    const request = ask({ ...options, headers: { ...type, ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    request.on('error', reject).end(sent);
  });
}

/** Raw bytes, and what came back until the end. */
export function sayBytes(running: Running, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: '127.0.0.1', port: running.port + 1, rejectUnauthorized: false });
    socket.setEncoding('latin1').on('data', (part) => {
      answer += part;
    });
    socket.on('error', () => {}).on('close', () => resolve(answer));
    socket.write(bytes);
  });
}

/** A browser's headers, once it is signed in. */
export async function signIn(running: Running): Promise<{ cookie: string; 'x-punktfunk-csrf': string }> {
  const { access } = running.host.service;
  if (!access.has_password) await access.setUp(password, access.set_up_code ?? '', { address: '127.0.0.1', agent: '' });
  const answer = await say(running, 'POST', '/api/v1/session', {}, { password });
  const [cookie = ''] = String(answer.headers['set-cookie']).split(';');
  return { cookie, 'x-punktfunk-csrf': JSON.parse(answer.text).csrf };
}
