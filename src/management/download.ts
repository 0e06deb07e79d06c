// A file of the running host, over the local socket.

import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Check } from 'typebox/schema';
import { Client } from 'undici';
import { socketPath } from '../config/paths.ts';
import { granted_status, PunktfunkError, reasonOf } from '../errors.ts';
import { ErrorReport } from './schema/common.ts';

/** What is made when it is asked for, with an examination of the machine. */
const making_ms = 120_000;

/** Writes it to `file`, which only its owner can read. Throws HOST_NOT_RUNNING, HOST_UNREACHABLE, OUTPUT_FAILED, the host's own error. */
export async function download(data_dir: string, path: string, file: string): Promise<void> {
  const socket = socketPath(data_dir);
  const client = new Client('http://localhost', { socketPath: socket, headersTimeout: making_ms });
  try {
    const { statusCode, body } = await client.request({ method: 'GET', path }).catch((error: unknown) => {
      const gone = ['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '');
      throw gone
        ? new PunktfunkError('HOST_NOT_RUNNING', { path: data_dir })
        : new PunktfunkError('HOST_UNREACHABLE', { path: socket, reason: reasonOf(error) }, { cause: error });
    });
    if (statusCode !== granted_status) {
      const answer: unknown = await body.json();
      throw Check(ErrorReport, answer) ? PunktfunkError.fromReport(answer) : new Error(`it answered ${statusCode}`);
    }
    await pipeline(body, createWriteStream(file, { mode: 0o600 })).catch((error: unknown) => {
      throw new PunktfunkError('OUTPUT_FAILED', { reason: reasonOf(error) }, { cause: error });
    });
  } finally {
    await client.destroy();
  }
}
