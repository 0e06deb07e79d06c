// One host a data directory: an exclusive lock of the kernel on a file in it, which goes with the process however that ends.

import { spawnSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { PunktfunkError, reasonOf } from './errors.ts';
import { openPlainFile, readPlainFile } from './plain-file.ts';

const lock_file = 'host.lock';
const max_pid_bytes = 16;
const taken_status = 1; // flock(1)
const pid_wait_ms = 1_000;
const pid_look_ms = 20;

/**
 * Takes the directory for this process until `release`. Throws ALREADY_RUNNING with the process that has it, DATA_DIR_UNUSABLE or
 * DATA_DIR_UNLOCKABLE.
 *
 * Node has no flock(2). A lock belongs to the open file and not to a process, so flock(1), which inherits it, takes the lock for us and
 * ends.
 */
export async function lockDataDir(path: string): Promise<{ release: () => void }> {
  const file_path = join(path, lock_file);
  let file: number;
  try {
    file = openPlainFile(file_path, constants.O_RDWR | constants.O_CREAT);
  } catch (error) {
    throw new PunktfunkError('DATA_NOT_WRITTEN', { file: file_path, reason: reasonOf(error) }, { cause: error });
  }
  const { status, error, stderr } = spawnSync('flock', ['--exclusive', '--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'pipe', file],
    encoding: 'utf8',
  });
  if (status === 0) {
    noteHolder(file);
    return { release: () => closeSync(file) };
  }
  closeSync(file);
  if (status === taken_status)
    throw new PunktfunkError('ALREADY_RUNNING', { path, pid: (await holderOf(path)) ?? 'just started' });
  const missing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
  const said = error ? reasonOf(error) : stderr.trim() || 'flock failed'; // one that did not run has said nothing
  const reason = missing ? 'the program flock is not installed' : said;
  throw new PunktfunkError('DATA_DIR_UNLOCKABLE', { path, reason });
}

function noteHolder(file: number): void {
  try {
    ftruncateSync(file);
    writeSync(file, `${process.pid}\n`, 0);
  } catch {
    // a full disk: the lock holds, and the one who is refused is not told our number
  }
}

/**
 * The process that has the directory, without touching its lock: a host that starts at this moment finds it free. Undefined when there is
 * none, or none that this user may look at.
 */
export function holderOfDataDir(path: string): number | undefined {
  const file_path = join(path, lock_file);
  try {
    const pid = Number(readPlainFile(file_path, { max_bytes: max_pid_bytes }));
    const { dev, ino } = statSync(file_path);
    const holds = readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const opened = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false });
      return opened?.dev === dev && opened.ino === ino;
    });
    return holds ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** The process that has the lock writes its number right after it took it; until then the file has that of one that is gone. */
async function holderOf(path: string): Promise<number | undefined> {
  const deadline = performance.now() + pid_wait_ms;
  for (;;) {
    const pid = holderOfDataDir(path);
    if (pid !== undefined || performance.now() > deadline) return pid;
    await after(pid_look_ms);
  }
}
