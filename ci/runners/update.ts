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
export function next(state: State, answer: Answer, now_ms: number): State | Outcome {
  const { wanted, previous } = state;
  const to = (phase: Phase, changes: Partial<State> = {}): State => ({ ...state, ...changes, phase, since_ms: now_ms });
  const failed = (reason: string): Outcome => ({
    result: 'failed',
    sentence: state.failure === null ? `${reason}.` : `${state.failure}; ${reason}.`,
  });
  const late = (limit_ms: number): boolean => now_ms - state.since_ms >= limit_ms;
  const target = state.failure === null ? wanted : (previous ?? '');

  switch (state.phase) {
    case 'look': {
      const status = statusIn(answer);
      if (typeof status === 'string') return failed(status);
      if (status.booted === null) return failed('it was not booted from an image');
      return status.booted === wanted ? to('check-health') : to('note-boot', { previous: status.booted });
    }
    case 'note-boot': {
      const boot_id = bootIn(answer);
      if (boot_id === null) return failed(`it does not tell its boot: ${describe(answer)}`);
      return to('switch', { boot_id });
    }
    case 'switch':
      return succeeded(answer) ? to('check-staged') : failed(`bootc switch failed: ${describe(answer)}`);
    case 'check-staged': {
      const status = statusIn(answer);
      if (typeof status === 'string') return failed(status);
      if (status.staged === wanted) return to('reboot');
      return failed(
        `bootc switch ended well, but the next boot would start ${brief(status.staged)} instead of ${brief(wanted)}`,
      );
    }
    case 'reboot':
      // A connection that breaks here is what a reboot looks like; whether it was one, the boot's name tells.
      if (answer.kind === 'unreachable' || answer.code === 0) return to('await');
      return failed(`it refuses to reboot: ${describe(answer)}; whoever reboots it starts ${brief(target)}`);
    case 'await': {
      const boot_id = bootIn(answer);
      if (boot_id !== null && boot_id !== state.boot_id) return to('check-booted', { boot_id });
      if (!late(limits.boot_ms)) return state;
      const after = `${limits.boot_ms / 60_000} minutes after the order to reboot`;
      return boot_id === null
        ? failed(`it did not come back: ${after} ${describe(answer)}; choose the previous entry in its boot menu`)
        : failed(`it did not reboot: ${after} it is still the same boot; whoever reboots it starts ${brief(target)}`);
    }
    case 'check-booted': {
      const status = statusIn(answer);
      if (typeof status === 'string') {
        if (!late(limits.health_ms)) return state;
        return state.failure === null
          ? to('find-rollback', { failure: `it came back, but ${status}` })
          : failed(status);
      }
      if (status.booted === target) return to('check-health');
      if (state.failure !== null)
        return failed(`it went back to ${brief(status.booted)} instead of ${brief(previous)}`);
      if (status.booted === previous)
        return failed(`it came back on ${brief(previous)}: its boot loader did not start the new image`);
      return to('find-rollback', { failure: `it booted ${brief(status.booted)} instead of ${brief(wanted)}` });
    }
    case 'check-health': {
      const illness = illnessIn(answer);
      if (illness !== null && !late(limits.health_ms)) return state;
      if (state.failure !== null) {
        const health = illness === null ? 'is healthy there' : `is not healthy there either: ${illness}`;
        return failed(`it was rolled back to ${brief(previous)} and ${health}`);
      }
      if (illness !== null) {
        return previous === null
          ? failed(`it was on ${brief(wanted)} already and is not healthy: ${illness}`)
          : to('find-rollback', { failure: `it is not healthy on ${brief(wanted)}: ${illness}` });
      }
      return previous === null
        ? { result: 'already', sentence: `it was on ${brief(wanted)} already and is healthy.` }
        : { result: 'updated', sentence: `it went from ${brief(previous)} to ${brief(wanted)} and is healthy.` };
    }
    case 'find-rollback': {
      const status = statusIn(answer);
      if (typeof status === 'string') return failed(`it was not rolled back: ${status}`);
      // Rolling back to anything but what ran before would be one more unknown image.
      if (status.rollback === previous) return to('roll-back');
      return failed(`it was not rolled back: it would go to ${brief(status.rollback)}, not to ${brief(previous)}`);
    }
    case 'roll-back':
      return succeeded(answer)
        ? to('reboot')
        : failed(`it was not rolled back, bootc rollback failed: ${describe(answer)}`);
  }
}

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
