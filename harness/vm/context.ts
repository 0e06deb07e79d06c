// What a test of a booted machine gets, and what it may say.

import { request } from 'undici';
import { expect, type Output, until } from '../checks/command.ts';
import type { Check, Report } from '../checks/report.ts';
import type { Browser } from './browse.ts';
import { asUser, type Machine, succeed } from './machine.ts';

export interface MachineTest extends Omit<Check<Context>, 'short' | 'controls'> {
  /** What it does to a machine that people use; such tests run there only when asked for by number. */
  readonly disrupts?: string;
  /** Only machines of these kinds can do it; `needs` is the reason given. */
  readonly only?: { readonly when: (machine: Machine) => boolean; readonly needs: string };
  /** Each spoils the machine in a way that the test must notice, and mends it. */
  readonly controls?: readonly {
    /** Ends the sentence "fails with …". */
    readonly what: string;
    spoil(context: Context): Promise<void>;
    mend(context: Context): Promise<void>;
  }[];
}

export class Context {
  readonly machine: Machine;
  /** The user whose host is looked at. */
  readonly seat: string;
  readonly base_port: number;
  /** The probe's identity and paired hosts. */
  readonly probe_dir: string;
  readonly browser: Browser;
  /** A number worth knowing; printed, never judged by itself. */
  readonly figure: Report['figure'];

  constructor(parts: Pick<Context, 'machine' | 'seat' | 'base_port' | 'probe_dir' | 'browser' | 'figure'>) {
    this.machine = parts.machine;
    this.seat = parts.seat;
    this.base_port = parts.base_port;
    this.probe_dir = parts.probe_dir;
    this.browser = parts.browser;
    this.figure = parts.figure;
  }

  /** Set while the machine is spoilt on purpose: what will not come is not waited for as long. */
  spoilt = false;

  /** A deadline for this machine. */
  within(timeout_ms: number): number {
    return (this.spoilt ? timeout_ms / 10 : timeout_ms) * this.machine.patience;
  }

  /** Standard output of a script that must succeed on the machine, as root. */
  succeed(script: string): Promise<string> {
    return succeed(this.machine, script);
  }

  /** Like succeed, as the seat's user in its session. */
  asSeat(command: string): Promise<string> {
    return succeed(this.machine, asUser(this.seat, command));
  }

  /** The host's command line, as its owner runs it. */
  host(command: string, timeout_ms?: number): Promise<Output> {
    const script = asUser(this.seat, `punktfunk-host ${command}`);
    return this.machine.run(script, timeout_ms === undefined ? {} : { timeout_ms });
  }

  /** A JSON document that a command of the host prints. */
  async hostJson<T>(command: string): Promise<T> {
    const { code, stdout, stderr } = await this.host(`${command} --json`);
    expect(code === 0, `punktfunk-host ${command} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
    return JSON.parse(stdout) as T;
  }

  /** Waits until the host answers. Asked over the network first: each command that is run there costs a slow machine seconds. */
  async hostUp(timeout_ms: number): Promise<Status> {
    await until('an answer of the host', this.within(timeout_ms), async () => {
      const { machine, base_port } = this;
      // Not by fetch, which says that it is a web page.
      const reply = await request(`http://${machine.address}:${base_port}/serverinfo`, {
        signal: AbortSignal.timeout(5_000),
      })
        .then(({ body }) => body.text())
        .catch(() => '');
      return reply.includes('uniqueid') || undefined;
    });
    return this.hostJson<Status>('status');
  }
}

export interface Status {
  readonly pid: number;
  readonly version: string;
  readonly announced: boolean;
  readonly display: string | null;
  readonly paired_clients: number;
  readonly waiting_to_pair: readonly { address: string }[];
}

/** Starts, stops or restarts the seat's host; resolves when systemd has done so. */
export async function userUnit(context: Context, verb: 'start' | 'stop' | 'restart'): Promise<void> {
  await context.asSeat(`systemctl --user ${verb} punktfunk-host.service`);
}
