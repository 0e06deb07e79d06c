// Bootc hosts for tests: what they answer, how long they take to boot, and what can go wrong with them. Time passes only by sleeping.

import type { Host } from './config.ts';
import type { Clock, Shell } from './rollout.ts';
import type { Answer } from './update.ts';

export interface Faults {
  /** ssh gives up with this. */
  refused?: string;
  switch_fails?: string;
  /** bootc switch ends well and stages this instead; null: nothing. */
  stages?: string | null;
  reboot_refused?: string;
  /** The order to reboot is taken and nothing happens. */
  reboot_ignored?: boolean;
  /** Number of the boot that is never finished, 1 for the first. */
  lost_at_boot?: number;
  /** What the machine boots instead of what is staged. */
  boots?: string;
  /** Digests on which doctor finds something missing. */
  ill_on?: readonly string[];
  /** What doctor prints and ends with, whatever the digest. */
  doctor?: { code: number; stdout: string; stderr?: string };
  /** Health checks that fail first, as in a machine that has just booted. */
  ill_checks?: number;
  rollback_fails?: string;
  /** What `bootc status` says is there to go back to. */
  rollback_is?: string | null;
  /** What `bootc status` prints instead of a status. */
  status_text?: string;
  /** Answers no status after a reboot. */
  mute_after_boot?: boolean;
}

export class TestMachine {
  readonly commands: string[] = [];
  booted: string;
  staged: string | null = null;
  rollback: string | null = null;
  boots = 0;
  #faults: Faults;
  #up_at_ms = 0;
  #ill_checks: number;

  constructor(booted: string, faults: Faults = {}) {
    this.booted = booted;
    this.#faults = faults;
    this.#ill_checks = faults.ill_checks ?? 0;
  }

  answer(command: string, now_ms: number): Answer {
    const faults = this.#faults;
    if (faults.refused !== undefined) return { kind: 'unreachable', reason: faults.refused };
    if (now_ms < this.#up_at_ms) return { kind: 'unreachable', reason: 'connect: connection refused' };
    this.commands.push(command);
    if (command === 'cat /proc/sys/kernel/random/boot_id')
      return exit(0, `${String(this.boots).padStart(8, '0')}-0000-4000-8000-000000000000\n`);
    if (command === 'sudo -n bootc status --json') return this.#status();
    if (command === 'sudo -n punktfunk-host doctor --json') return this.#doctor();
    if (command === 'sudo -n systemctl reboot') return this.#reboot(now_ms);
    if (command === 'sudo -n bootc rollback') return this.#rollBack();
    const [, digest] =
      /^sudo -n bootc switch registry\.example\/owner\/punktfunk@(sha256:[0-9a-f]{64})$/.exec(command) ?? [];
    if (digest === undefined) return exit(127, '', `${command}: command not found`);
    if (faults.switch_fails !== undefined) return exit(1, '', faults.switch_fails);
    this.staged = faults.stages === undefined ? digest : faults.stages;
    return exit(0, 'Queued for next boot\n');
  }

  #status(): Answer {
    const { status_text, mute_after_boot, rollback_is } = this.#faults;
    if (mute_after_boot && this.boots > 0) return exit(1, '', 'error: opening the sysroot');
    if (status_text !== undefined) return exit(0, status_text);
    const entry = (digest: string | null) =>
      digest === null ? null : { image: { imageDigest: digest, version: null } };
    const rollback = entry(rollback_is === undefined ? this.rollback : rollback_is);
    return exit(
      0,
      JSON.stringify({
        kind: 'BootcHost',
        status: { staged: entry(this.staged), booted: entry(this.booted), rollback },
      }),
    );
  }

  #doctor(): Answer {
    const { doctor, ill_on = [] } = this.#faults;
    if (doctor !== undefined)
      return { kind: 'exit', code: doctor.code, stdout: doctor.stdout, stderr: doctor.stderr ?? '' };
    if (!ill_on.includes(this.booted) && this.#ill_checks-- <= 0)
      return exit(0, JSON.stringify({ complete: true, checks: [] }));
    const checks = [
      { name: 'node', state: 'ok', detail: 'Node 24', cure: '' },
      { name: 'engine', state: 'missing', detail: 'libopus.so.0 is not there', cure: '' },
    ];
    return exit(1, JSON.stringify({ complete: false, checks }));
  }

  #reboot(now_ms: number): Answer {
    const { reboot_refused, reboot_ignored, lost_at_boot, boots } = this.#faults;
    if (reboot_refused !== undefined) return exit(1, '', reboot_refused);
    if (reboot_ignored) return exit(0, '');
    this.boots++;
    this.#up_at_ms = this.boots === lost_at_boot ? Number.POSITIVE_INFINITY : now_ms + 90_000;
    if (this.staged !== null) {
      const next = boots ?? this.staged;
      if (next !== this.booted) this.rollback = this.booted;
      this.booted = next;
      this.staged = null;
    }
    // What a reboot looks like from outside: the connection ends before the command does.
    return { kind: 'unreachable', reason: 'connection closed by remote host' };
  }

  #rollBack(): Answer {
    if (this.#faults.rollback_fails !== undefined) return exit(1, '', this.#faults.rollback_fails);
    this.staged = this.rollback;
    return exit(0, 'Next boot: rollback deployment\n');
  }
}

const exit = (code: number, stdout: string, stderr = ''): Answer => ({ kind: 'exit', code, stdout, stderr });

/** A network of such machines by name, and the clock they live by. */
export function testWorld(machines: Readonly<Record<string, TestMachine>>): {
  shell: Shell;
  clock: Clock;
  lines: string[];
  say(line: string): void;
} {
  let time_ms = 1_000;
  const lines: string[] = [];
  return {
    lines,
    say: (line) => lines.push(line),
    clock: {
      nowMs: () => time_ms,
      sleep: async (ms) => {
        time_ms += ms;
      },
    },
    shell: {
      run: async (host: Host, command: string): Promise<Answer> =>
        machines[host.name]?.answer(command, time_ms) ?? { kind: 'unreachable', reason: 'no such machine' },
    },
  };
}
