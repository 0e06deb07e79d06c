// The program of an application, run on the streamed desktop in a process group of its own, so that all of it can be ended. It is over when
// nothing of the group runs any more: launchers return while what they launched goes on.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Logger } from '../log.ts';

export const app_limits = {
  /** From SIGTERM to SIGKILL. */
  grace_ms: 5_000,
  /** Between two looks at a group whose first process has ended. */
  look_ms: 1_000,
  /** The same while it is being ended. */
  look_when_ending_ms: 20,
  /** After SIGKILL: for the kernel to take the processes away. */
  killed_ms: 1_000,
  /** A program that is over, and well, within this time has most likely handed its work to one that was running already. */
  handed_over_ms: 3_000,
};

export interface AppEnd {
  /**
   * over: nothing of it runs any more. crashed: the same, and its first process failed. detached: over so soon that its work goes on
   * elsewhere.
   */
  outcome: 'over' | 'crashed' | 'detached';
  /** How its first process ended, as the end of a sentence about it. */
  how: string;
}

/** A program and what it is given. */
export interface Program {
  /** No shell reads it. */
  command: readonly string[];
  environment: NodeJS.ProcessEnv;
  /** Undefined: where the host runs. */
  working_directory: string | undefined;
  /** Told what it writes; without it that goes nowhere. */
  onOutput?: (bytes: Buffer) => void;
}

export interface Exit {
  how: string;
  well: boolean;
}

export interface AppProcess {
  /** Settles when the first process is over, whatever of its group goes on. */
  readonly exited: Promise<Exit>;
  /** Settles once nothing of the group runs any more. */
  readonly ended: Promise<AppEnd>;
  /** Ends the whole group: SIGTERM, then SIGKILL. Never signals a group that is over: its number may be another's by now. */
  stop(): Promise<void>;
}

/** Starts a program; rejects when it cannot be run at all. */
export async function startApp(program: Program, log: Logger, limits = app_limits): Promise<AppProcess> {
  const { command, environment, working_directory, onOutput } = program;
  const [file = '', ...parameters] = command;
  // spawn(2)'s own error is the same for both.
  if (working_directory !== undefined && !statSync(working_directory, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`its working directory ${working_directory} is not there`);
  const started_ms = performance.now();
  const child = spawn(file, parameters, {
    env: environment,
    cwd: working_directory,
    detached: true,
    stdio: ['ignore', onOutput ? 'pipe' : 'ignore', onOutput ? 'pipe' : 'ignore'],
  });
  for (const stream of [child.stdout, child.stderr]) if (onOutput) stream?.on('data', onOutput);
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve({
        how: signal ? `it died of ${signal}` : `it exited with ${code}`,
        well: code === 0,
      }),
    );
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.on('error', (error) => log.warn({ event: 'app_error', err: error }, error.message));
  return new Group(child.pid as number, started_ms, exited, limits);
}

class Group implements AppProcess {
  readonly ended: Promise<AppEnd>;
  readonly exited: Promise<Exit>;
  readonly #id: number;
  readonly #limits: typeof app_limits;
  readonly #over = Promise.withResolvers<void>();
  #leader_gone = false;
  #is_over = false;
  #known: number[] = [];
  #look: NodeJS.Timeout | undefined;

  constructor(id: number, started_ms: number, exited: Promise<Exit>, limits: typeof app_limits) {
    this.#id = id;
    this.#limits = limits;
    this.exited = exited;
    this.ended = exited.then(async ({ how, well }) => {
      this.#leader_gone = true;
      this.#lookAgain();
      await this.#over.promise;
      if (!well) return { outcome: 'crashed', how };
      return { outcome: performance.now() - started_ms < limits.handed_over_ms ? 'detached' : 'over', how };
    });
  }

  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    if (await this.#gone(this.#limits.grace_ms)) return;
    this.#signal('SIGKILL');
    await this.#gone(this.#limits.killed_ms);
  }

  #signal(signal: NodeJS.Signals): void {
    if (!this.#running()) return;
    try {
      process.kill(-this.#id, signal);
    } catch {
      // it ended this moment
    }
  }

  /** Resolves with true as soon as nothing runs, with false after `limit_ms`. */
  async #gone(limit_ms: number): Promise<boolean> {
    const deadline = performance.now() + limit_ms;
    while (this.#lookAgain()) {
      if (performance.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, this.#limits.look_when_ending_ms));
    }
    return true;
  }

  /** Looks whether something runs, and again later; settles `ended` when nothing does. */
  #lookAgain(): boolean {
    clearTimeout(this.#look);
    if (this.#running()) {
      if (this.#leader_gone) this.#look = setTimeout(() => this.#lookAgain(), this.#limits.look_ms).unref();
      return true;
    }
    this.#is_over = true;
    this.#over.resolve();
    return false;
  }

  #running(): boolean {
    if (this.#is_over) return false;
    if (!this.#leader_gone) return true;
    if (this.#known.some((pid) => groupOf(pid) === this.#id)) return true;
    this.#known = membersOf(this.#id);
    return this.#known.length > 0;
  }
}

/**
 * The running processes of a group whose first process is gone. The kernel gives a number to no new process as long as a group or a session
 * is named by it: when the number is a process again, the group is over and this one is somebody else's.
 */
function membersOf(group: number): number[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const members = processes.map(Number).filter((pid) => groupOf(pid) === group);
  return members.includes(group) ? [] : members;
}

/** The process group of a running process; undefined when it is none or only a zombie. */
function groupOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // pid (name) state ppid pgrp: the name may hold anything (proc_pid_stat(5))
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : Number(group);
  } catch {
    return undefined;
  }
}
