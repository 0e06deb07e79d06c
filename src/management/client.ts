// How a command speaks to the running host.

import { Check } from 'typebox/schema';
import { Client } from 'undici';
import { socketPath } from '../config/paths.ts';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { ErrorReport } from './schema.ts';

const answer_timeout_ms = 5_000;
/** Pairing waits for the client's own steps, which it takes within seconds of the PIN; unpairing for its stream's end. */
const action_timeout_ms = 60_000;

export class HostClient {
  readonly #data_dir: string;

  constructor(data_dir: string) {
    this.#data_dir = data_dir;
  }

  get<T>(path: string): Promise<T> {
    return this.#ask<T>('GET', path);
  }

  post<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>('POST', path, body);
  }

  delete<T>(path: string): Promise<T> {
    return this.#ask<T>('DELETE', path);
  }

  /** Throws HOST_NOT_RUNNING, HOST_UNREACHABLE, or the host's own error. Types are the host's schema's; both come from one build. */
  async #ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
    const socket = socketPath(this.#data_dir);
    const client = new Client('http://localhost', {
      socketPath: socket,
      headersTimeout: method === 'GET' ? answer_timeout_ms : action_timeout_ms,
    });
    try {
      const response = await client.request({
        method,
        path,
        ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
      });
      const answer: unknown = await response.body.json();
      if (response.statusCode === 200) return answer as T;
      if (Check(ErrorReport, answer)) throw PunktfunkError.fromReport(answer);
      throw new Error(`it answered ${response.statusCode}`);
    } catch (error) {
      if (error instanceof PunktfunkError) throw error;
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT' || code === 'ECONNREFUSED')
        throw new PunktfunkError('HOST_NOT_RUNNING', { path: this.#data_dir });
      throw new PunktfunkError('HOST_UNREACHABLE', { path: socket, reason: reasonOf(error) }, { cause: error });
    } finally {
      await client.close().catch(() => {});
    }
  }
}
