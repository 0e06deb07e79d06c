// How a command speaks to the running host: by the types that are made of the API's own documents.

import { Check } from 'typebox/schema';
import { Client } from 'undici';
import type { paths } from '../api/schema.ts';
import { socketPath } from '../config/paths.ts';
import { granted_status, PunktfunkError, reasonOf } from '../errors.ts';
import { ErrorReport } from './schema/common.ts';

const answer_timeout_ms = 5_000;
/** Pairing waits for the client's own steps, which it takes within seconds of the PIN; unpairing for its stream's end. */
const action_timeout_ms = 60_000;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends { [K in Lowercase<M>]: object } ? P : never;
}[keyof paths];
type Operation<M extends Method, P extends keyof paths> =
  Lowercase<M> extends infer K extends keyof paths[P] ? paths[P][K] : never;
type Json<T> = T extends { content: { 'application/json': infer Document } } ? Document : never;
type Answer<O> = O extends { responses: { [granted_status]: infer Granted } } ? Json<Granted> : never;
type Given<O> = (O extends { parameters: { path: infer Names } } ? { path: Names } : unknown) &
  (O extends { requestBody: infer Body } ? { body: Json<Body> } : unknown);

export class HostClient {
  readonly #data_dir: string;

  constructor(data_dir: string) {
    this.#data_dir = data_dir;
  }

  /** `path` as in docs/openapi.json. Throws as `askHost`. */
  async ask<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    ...[given]: unknown extends Given<Operation<M, P>> ? [] : [Given<Operation<M, P>>]
  ): Promise<Answer<Operation<M, P>>> {
    const { path: names = {}, body } = (given ?? {}) as { path?: Record<string, string | number>; body?: object };
    const named = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ''));
    // Its types are those of the host: both come from one build.
    return (await askHost(this.#data_dir, method, named, body)) as Answer<Operation<M, P>>;
  }
}

/** Throws HOST_NOT_RUNNING, HOST_UNREACHABLE, or the host's own error. */
export async function askHost(data_dir: string, method: Method, path: string, body?: object): Promise<unknown> {
  const client = new Client('http://localhost', {
    socketPath: socketPath(data_dir),
    headersTimeout: method === 'GET' ? answer_timeout_ms : action_timeout_ms,
  });
  try {
    const response = await client.request({
      method,
      path,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    const answer: unknown = await response.body.json();
    if (response.statusCode === granted_status) return answer;
    throw refusalIn(response.statusCode, answer);
  } catch (error) {
    throw whyUnanswered(error, data_dir);
  } finally {
    await client.close().catch(() => {});
  }
}

/** What an answer says that grants nothing. */
export function refusalIn(status: number, answer: unknown): Error {
  return Check(ErrorReport, answer) ? PunktfunkError.fromReport(answer) : new Error(`it answered ${status}`);
}

/** For people, of what went wrong while the host was asked. */
export function whyUnanswered(error: unknown, data_dir: string): PunktfunkError {
  if (error instanceof PunktfunkError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return new PunktfunkError('HOST_NOT_RUNNING', { path: data_dir });
  const socket = socketPath(data_dir);
  return new PunktfunkError('HOST_UNREACHABLE', { path: socket, reason: reasonOf(error) }, { cause: error });
}
