// Hears a stream of server-sent events of the running host (the HTML standard, section 9.2), over the local socket.

import { Client } from 'undici';
import { socketPath } from '../config/paths.ts';
import { granted_status } from '../errors.ts';
import { readLines } from '../session/lines.ts';
import { refusalIn, whyUnanswered } from './client.ts';

/** More than any message of ours has: one with each picture of a second is the longest. */
const max_line_length = 1 << 20;
/** The host gives a sign of life each 15 s. */
const silence_ms = 60_000;

interface Wish {
  readonly path: string;
  readonly last_id?: string | undefined;
  /** Where the door asks for one: the local socket does not. */
  readonly token?: string;
  readonly signal?: AbortSignal;
}

interface Heard {
  id: string | undefined;
  /** JSON. */
  data: string;
}

/**
 * Calls with each message until the connection ends; resolves then. Throws HOST_NOT_RUNNING, HOST_UNREACHABLE when there is none, or the
 * host refuses it.
 */
export async function listen(data_dir: string, wish: Wish, onMessage: (heard: Heard) => void): Promise<void> {
  const client = new Client('http://localhost', { socketPath: socketPath(data_dir) });
  try {
    await hear(client, wish, onMessage);
  } catch (error) {
    throw whyUnanswered(error, data_dir);
  }
}

/** The same of a host that is asked in any way; throws what it refuses with, and what the connection says. Ends the client. */
export async function hear(
  client: Client,
  { path, last_id, token, signal }: Wish,
  onMessage: (heard: Heard) => void,
): Promise<void> {
  try {
    const { statusCode, body } = await client.request({
      method: 'GET',
      path,
      headers: {
        ...(last_id !== undefined && { 'last-event-id': last_id }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      bodyTimeout: silence_ms,
      ...(signal && { signal }),
    });
    if (statusCode !== granted_status) throw refusalIn(statusCode, await body.json());
    let id: string | undefined;
    readLines(body, max_line_length, (line, whole) => {
      const [, name, value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
      if (name === 'id') id = value;
      if (name === 'data' && whole) onMessage({ id, data: value });
    });
    await new Promise<void>((resolve) => body.once('close', resolve));
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    await client.destroy();
  }
}
