// One machine's way to a wanted image, as a state machine: a state names a command, the command's answer gives the next state.
// Nothing here runs anything or knows the time, so every way it can end is a test.

import { fieldOf, parseBootcStatus } from './bootc-status.ts';

export type Answer =
  | { kind: 'exit'; code: number; stdout: string; stderr: string }
  /** No connection, a connection that broke, or no end of the command within its time. */
  | { kind: 'unreachable'; reason: string };

type Phase =
  | 'look'
  | 'note-boot'
  | 'switch'
  | 'check-staged'
  | 'reboot'
  | 'await'
  | 'check-booted'
  | 'check-health'
  | 'find-rollback'
  | 'roll-back';

export interface State {
  readonly phase: Phase;
  readonly image: string;
  readonly wanted: string;
  /** The digest it ran on before, once known. */
  readonly previous: string | null;
  /** The kernel's name for the boot that is to end; a machine is back when it tells another. */
  readonly boot_id: string;
  /** When waiting in this phase began. */
  readonly since_ms: number;
  /** Why it goes back to `previous`; null on the way forward. */
  readonly failure: string | null;
}

export interface Outcome {
  readonly result: 'already' | 'updated' | 'failed';
  /** What happened, to be read after the machine's name. */
  readonly sentence: string;
}

export const limits = {
  /** Between two looks at a machine that is not there yet. */
  poll_ms: 5_000,
  command_ms: 60_000,
  /** A whole image over a slow line. */
  switch_ms: 45 * 60_000,
  /** Firmware, boot menu and a first start with new modules. */
  boot_ms: 10 * 60_000,
  health_ms: 2 * 60_000,
} as const;

/** Runs the checks of the product itself. With sudo: a machine without a user logged in must be able to stream too. */
const health_command = 'sudo -n punktfunk-host doctor --json';
const status_command = 'sudo -n bootc status --json';

export function begin(image: string, wanted: string, now_ms: number): State {
  return { phase: 'look', image, wanted, previous: null, boot_id: '', since_ms: now_ms, failure: null };
}

/** The shell command of a state, and how long it may take. */
export function commandOf({ phase, image, wanted }: State): { command: string; timeout_ms: number } {
  const short = (command: string) => ({ command, timeout_ms: limits.command_ms });
  switch (phase) {
    case 'look':
    case 'check-staged':
    case 'check-booted':
    case 'find-rollback':
      return short(status_command);
    case 'note-boot':
    case 'await':
      return short('cat /proc/sys/kernel/random/boot_id');
    case 'switch':
      return { command: `sudo -n bootc switch ${image}@${wanted}`, timeout_ms: limits.switch_ms };
    case 'reboot':
      return short('sudo -n systemctl reboot');
    case 'check-health':
      return short(health_command);
    case 'roll-back':
      return short('sudo -n bootc rollback');
  }
}

/** What follows from an answer. The same phase again means: not yet, look again after `limits.poll_ms`. */
export const next = (state: State, answer: Answer, now_ms: number): State | Outcome =>
  steps[state.phase](new Turn(state, answer, now_ms));

/** A state and the answer to its command. */
class Turn {
  readonly state: State;
  readonly answer: Answer;
  readonly #now_ms: number;

  constructor(state: State, answer: Answer, now_ms: number) {
    this.state = state;
    this.answer = answer;
    this.#now_ms = now_ms;
  }

  /** What is to run after the next boot. */
  get target(): string {
    return this.state.failure === null ? this.state.wanted : (this.state.previous ?? '');
  }

  to(phase: Phase, changes: Partial<State> = {}): State {
    return { ...this.state, ...changes, phase, since_ms: this.#now_ms };
  }

  failed(reason: string): Outcome {
    const { failure } = this.state;
    return { result: 'failed', sentence: failure === null ? `${reason}.` : `${failure}; ${reason}.` };
  }

  late(limit_ms: number): boolean {
    return this.#now_ms - this.state.since_ms >= limit_ms;
  }
}

const steps: Readonly<Record<Phase, (turn: Turn) => State | Outcome>> = {
  look(turn) {
    const status = statusIn(turn.answer);
    if (typeof status === 'string') return turn.failed(status);
    if (status.booted === null) return turn.failed('it was not booted from an image');
    return status.booted === turn.state.wanted
      ? turn.to('check-health')
      : turn.to('note-boot', { previous: status.booted });
  },
  'note-boot'(turn) {
    const boot_id = bootIn(turn.answer);
    if (boot_id === null) return turn.failed(`it does not tell its boot: ${describe(turn.answer)}`);
    return turn.to('switch', { boot_id });
  },
  switch(turn) {
    if (succeeded(turn.answer)) return turn.to('check-staged');
    return turn.failed(`bootc switch failed: ${describe(turn.answer)}`);
  },
  'check-staged'(turn) {
    const { wanted } = turn.state;
    const status = statusIn(turn.answer);
    if (typeof status === 'string') return turn.failed(status);
    if (status.staged === wanted) return turn.to('reboot');
    return turn.failed(
      `bootc switch ended well, but the next boot would start ${brief(status.staged)} instead of ${brief(wanted)}`,
    );
  },
  reboot(turn) {
    const { answer, target } = turn;
    // A connection that breaks here is what a reboot looks like; whether it was one, the boot's name tells.
    if (answer.kind === 'unreachable' || answer.code === 0) return turn.to('await');
    return turn.failed(`it refuses to reboot: ${describe(answer)}; whoever reboots it starts ${brief(target)}`);
  },
  await(turn) {
    const { state, answer, target } = turn;
    const boot_id = bootIn(answer);
    if (boot_id !== null && boot_id !== state.boot_id) return turn.to('check-booted', { boot_id });
    if (!turn.late(limits.boot_ms)) return state;
    const after = `${limits.boot_ms / 60_000} minutes after the order to reboot`;
    return boot_id === null
      ? turn.failed(`it did not come back: ${after} ${describe(answer)}; choose the previous entry in its boot menu`)
      : turn.failed(
          `it did not reboot: ${after} it is still the same boot; whoever reboots it starts ${brief(target)}`,
        );
  },
  'check-booted'(turn) {
    const { state, target } = turn;
    const { failure, previous, wanted } = state;
    const status = statusIn(turn.answer);
    if (typeof status === 'string') {
      if (!turn.late(limits.health_ms)) return state;
      return failure === null
        ? turn.to('find-rollback', { failure: `it came back, but ${status}` })
        : turn.failed(status);
    }
    if (status.booted === target) return turn.to('check-health');
    if (failure !== null) return turn.failed(`it went back to ${brief(status.booted)} instead of ${brief(previous)}`);
    if (status.booted === previous)
      return turn.failed(`it came back on ${brief(previous)}: its boot loader did not start the new image`);
    return turn.to('find-rollback', { failure: `it booted ${brief(status.booted)} instead of ${brief(wanted)}` });
  },
  'check-health'(turn) {
    const { failure, previous, wanted } = turn.state;
    const illness = illnessIn(turn.answer);
    if (illness !== null && !turn.late(limits.health_ms)) return turn.state;
    if (failure !== null) {
      const health = illness === null ? 'is healthy there' : `is not healthy there either: ${illness}`;
      return turn.failed(`it was rolled back to ${brief(previous)} and ${health}`);
    }
    if (illness !== null) {
      return previous === null
        ? turn.failed(`it was on ${brief(wanted)} already and is not healthy: ${illness}`)
        : turn.to('find-rollback', { failure: `it is not healthy on ${brief(wanted)}: ${illness}` });
    }
    return previous === null
      ? { result: 'already', sentence: `it was on ${brief(wanted)} already and is healthy.` }
      : { result: 'updated', sentence: `it went from ${brief(previous)} to ${brief(wanted)} and is healthy.` };
  },
  'find-rollback'(turn) {
    const { previous } = turn.state;
    const status = statusIn(turn.answer);
    if (typeof status === 'string') return turn.failed(`it was not rolled back: ${status}`);
    // Rolling back to anything but what ran before would be one more unknown image.
    if (status.rollback === previous) return turn.to('roll-back');
    return turn.failed(`it was not rolled back: it would go to ${brief(status.rollback)}, not to ${brief(previous)}`);
  },
  'roll-back'(turn) {
    if (succeeded(turn.answer)) return turn.to('reboot');
    return turn.failed(`it was not rolled back, bootc rollback failed: ${describe(turn.answer)}`);
  },
};

export const isOutcome = (step: State | Outcome): step is Outcome => 'result' in step;

const succeeded = (answer: Answer): boolean => answer.kind === 'exit' && answer.code === 0;

function statusIn(answer: Answer): Exclude<ReturnType<typeof parseBootcStatus>, null> | string {
  if (answer.kind === 'unreachable') return describe(answer);
  if (answer.code !== 0) return `bootc status failed: ${describe(answer)}`;
  return parseBootcStatus(answer.stdout) ?? 'what bootc status prints is not the status of a bootc host';
}

function bootIn(answer: Answer): string | null {
  const text = answer.kind === 'exit' && answer.code === 0 ? answer.stdout.trim() : '';
  return /^[0-9a-f-]{36}$/.test(text) ? text : null;
}

/** Null when the machine's own doctor finds it complete, by exit code and by word. */
function illnessIn(answer: Answer): string | null {
  if (answer.kind === 'unreachable') return describe(answer);
  let report: unknown;
  try {
    report = JSON.parse(answer.stdout);
  } catch {
    return `its doctor gives no report: ${describe(answer)}`;
  }
  if (answer.code === 0 && fieldOf(report, 'complete') === true) return null;
  const checks = fieldOf(report, 'checks');
  const missing = (Array.isArray(checks) ? checks : [])
    .filter((check) => fieldOf(check, 'state') === 'missing')
    .map((check) => `${fieldOf(check, 'name')}: ${fieldOf(check, 'detail')}`);
  return missing.length > 0
    ? `its doctor misses ${missing.join('; ')}`
    : `its doctor ends with ${answer.code} and names nothing missing`;
}

/** The last line of what a command said, which is where programs put the reason. */
function describe(answer: Answer): string {
  if (answer.kind === 'unreachable') return `it cannot be reached (${answer.reason})`;
  const line = (answer.stderr.trim() || answer.stdout.trim()).split('\n').at(-1) ?? '';
  return line === '' ? `exit code ${answer.code}` : `${line.slice(0, 200)} (exit code ${answer.code})`;
}

/** Twelve digits are what people compare. */
const brief = (digest: string | null): string => digest?.slice(0, 'sha256:'.length + 12) ?? 'nothing';
