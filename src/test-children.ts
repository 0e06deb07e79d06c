// Programs that a test starts: they end with it. Its teardown ends them, and where no teardown runs (tap ends a file that is out of time
// with SIGKILL) the kernel does (PR_SET_PDEATHSIG, prctl(2)). A lint keeps tests from starting programs in any other way (biome.json).

import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { findProgram } from './find-program.ts';
import './test-limit.ts';

interface Owner {
  teardown(run: () => unknown): unknown;
}

interface Options {
  environment?: NodeJS.ProcessEnv;
  /** With whose end it ends; the file's when nothing is said. */
  owner?: Owner;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Starts a program whose output can be read. */
export function startChild(command: string[], { environment = process.env, owner = t }: Options = {}): Child {
  return owned(
    spawn(setpriv(), ['--pdeathsig', 'KILL', '--', ...command], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
    owner,
  );
}

/** Starts a module with a channel for messages, as `fork` does. */
export function forkChild(module: string, { environment = process.env, owner = t }: Options = {}): ChildProcess {
  return owned(
    spawn(setpriv(), ['--pdeathsig', 'KILL', '--', process.execPath, module], {
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
    owner,
  );
}

export interface Outcome {
  /** The exit code; NaN when a signal ended it. */
  code: number;
  out: string;
  err: string;
}

/** Runs a program to its end. */
export async function runChild(command: string[], options: Options = {}): Promise<Outcome> {
  const child = startChild(command, options);
  const [[code], out, err] = await Promise.all([once(child, 'exit'), text(child.stdout), text(child.stderr)]);
  return { code: code === null ? Number.NaN : Number(code), out, err };
}

function owned<C extends ChildProcess>(child: C, owner: Owner): C {
  owner.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  });
  return child;
}

/** Looked for in our own PATH: that of the child may be what is tested. */
function setpriv(): string {
  const path = findProgram('setpriv');
  if (!path) throw new Error('setpriv is missing (Debian: util-linux)');
  return path;
}
