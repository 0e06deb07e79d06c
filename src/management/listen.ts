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

interface Heard {
  id: string | undefined;
  /** JSON. */
  data: string;
}

/**
 * Calls with each message until the connection ends; resolves then. Throws HOST_NOT_RUNNING, HOST_UNREACHABLE when there is none, or the
 * host refuses it.
 */
export async function listen(
  data_dir: string,
  { path, last_id, signal }: { path: string; last_id?: string | undefined; signal?: AbortSignal },
  onMessage: (heard: Heard) => void,
): Promise<void> {
  const client = new Client('http://localhost', { socketPath: socketPath(data_dir), bodyTimeout: silence_ms });
  try {
    const { statusCode, body } = await client.request({
      method: 'GET',
      path,
      headers: last_id === undefined ? {} : { 'last-event-id': last_id },
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
    if (signal?.aborted) return;
    throw whyUnanswered(error, data_dir);
  } finally {
    await client.destroy();
  }
}
