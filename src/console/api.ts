// The host's API, by the types that are made of its own documents (src/api): an answer, or an error in the host's words.

import createClient from 'openapi-fetch';
import type { paths } from '../api/schema.ts';
import { ApiError, ConnectionError } from './errors.ts';
import { words } from './words.ts';

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

let csrf: string | null = null;
let askPassword: (() => Promise<boolean>) | undefined;
let asking: Promise<boolean> | undefined;

/** What the session's own page knows, and no other. */
export function setCsrf(value: string | null): void {
  csrf = value;
}

/** Who asks for the password once more, where the host wants it; true when it was given. */
export function onPasswordNeeded(ask: () => Promise<boolean>): void {
  askPassword = ask;
}

async function send(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await sendOnce(request);
  if (response.status !== 403 || !askPassword) return response;
  const report: unknown = await response.clone().json();
  if (!isReport(report) || report.code !== 'PASSWORD_NEEDED') return response;
  // One question for all that waits for it.
  asking ??= askPassword().finally(() => {
    asking = undefined;
  });
  return (await asking) ? sendOnce(again) : response;
}

async function sendOnce(request: Request): Promise<Response> {
  if (request.method !== 'GET' && csrf !== null) request.headers.set('x-punktfunk-csrf', csrf);
  try {
    return await fetch(request);
  } catch (error) {
    throw new ConnectionError('no answer', { cause: error });
  }
}

/** What the host answered. Throws ApiError, ConnectionError. */
export async function answer<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok) return data as T;
  throw new ApiError(
    response.status,
    isReport(error) ? error : { code: '', ...words.errors.odd_answer(response.status) },
  );
}

function isReport(error: unknown): error is { code: string; message: string; cure: string } {
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error && 'cure' in error;
}
