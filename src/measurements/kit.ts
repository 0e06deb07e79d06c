// The measuring kit as a child process: told to end, or ended with all that it started; its report is what it leaves.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Deadline } from '../deadline.ts';
import { plainEnvironment } from '../environment.ts';
import { plainText } from '../plain-text.ts';
import { readLines } from '../session/lines.ts';
import { max_report_bytes } from './library.ts';

/** So long what was told to end may take to leave a report of what it has. */
const goodbye_ms = 4_000;
/** Of one that is gone, what others that it left behind may still say; and of one that was ended, how long the kernel may take to. */
const last_words_ms = 1_000;
const max_line_length = 300;

export interface KitRun {
  readonly words: readonly string[];
  readonly limit_ms: number;
  readonly signal: AbortSignal;
  /** What it says on the way, a line each. */
  readonly onProgress: (line: string) => void;
}

export interface KitEnd {
  /** Standard output; undefined: more than any report has. */
  readonly out: string | undefined;
  readonly is_success: boolean;
  /** How it ended, and its last words. */
  readonly how: string;
}

/** Resolves when all of it is gone, or will not go. */
export async function runKit(
  command: readonly string[],
  { words, limit_ms, signal, onProgress }: KitRun,
): Promise<KitEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'punktfunk-measure-'));
  // A group of its own, to be ended as one, and with us: the kernel ends it when this process dies, even of SIGKILL.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', ...command, ...words], {
    env: { ...plainEnvironment(), TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    cwd: folder,
  });
  const stuck = Promise.withResolvers<KitEnd>();
  const ending = endBy(child, signal, limit_ms, () =>
    stuck.resolve({ out: '', is_success: false, how: 'it could not be ended' }),
  );
  try {
    return await Promise.race([endOf(child, onProgress), stuck.promise]);
  } finally {
    ending.release();
    endGroup(child);
    child.stdout?.destroy();
    child.stderr?.destroy();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => {}); // what it came to counts, not what it left
  }
}

/** Told to end by the signal or when its time is up; after a while it is made to. A driver may keep it from ending even then. */
function endBy(child: ChildProcess, signal: AbortSignal, limit_ms: number, onStuck: () => void): { release(): void } {
  const [late, patience] = [new Deadline(), new Deadline()];
  const end = () => {
    child.kill('SIGTERM');
    patience.set(goodbye_ms, () => {
      endGroup(child);
      patience.set(2 * last_words_ms, onStuck);
    });
  };
  late.set(limit_ms, end);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return {
    release() {
      late.clear();
      patience.clear();
      signal.removeEventListener('abort', end);
    },
  };
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nothing of it is left
  }
}

function endOf(child: ChildProcess, onProgress: (line: string) => void): Promise<KitEnd> {
  let last = '';
  const pieces: Buffer[] = [];
  let bytes = 0;
  child.stdout?.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= max_report_bytes) pieces.push(piece);
  });
  if (child.stderr)
    readLines(child.stderr, max_line_length, (line) => {
      last = plainText(line.trim());
      if (last !== '') onProgress(last);
    });
  return new Promise((resolve) => {
    const told = (how: string, is_success = false) => {
      const out = bytes <= max_report_bytes ? Buffer.concat(pieces).toString('utf8') : undefined;
      resolve({ out, is_success, how: last === '' ? how : `${how}: ${last}` });
    };
    child.once('error', (error) => told(error.message));
    child.once('exit', (code, signal) => {
      const late = new Deadline();
      const end = () => {
        late.clear();
        told(signal ? `it died of ${signal}` : `it ended with ${code}`, code === 0);
      };
      child.once('close', end);
      // Whoever else has its streams keeps them open: those of its group end, others are not waited for.
      endGroup(child);
      late.set(last_words_ms, end);
    });
  });
}
