// A fleet, one machine at a time, until the first that fails.

import type { Host } from './config.ts';
import { type Answer, begin, commandOf, isOutcome, limits, next, type Outcome } from './update.ts';

/** Runs a command on a host. Never rejects: what goes wrong is an answer. */
export interface Shell {
  run(host: Host, command: string, timeout_ms: number): Promise<Answer>;
}

export interface Clock {
  nowMs(): number;
  sleep(ms: number): Promise<void>;
}

export interface World {
  shell: Shell;
  clock: Clock;
  /** One line for people. */
  say(line: string): void;
}

export interface Rollout {
  complete: boolean;
  outcomes: readonly { name: string; outcome: Outcome }[];
  /** Why it stopped and who was left alone; empty when complete. */
  sentence: string;
}

/** Brings one machine to `image`@`digest`, or says why not. */
export async function updateMachine(
  host: Host,
  image: string,
  digest: string,
  { shell, clock, say }: World,
): Promise<Outcome> {
  let state = begin(image, digest, clock.nowMs());
  let said = '';
  for (;;) {
    const { command, timeout_ms } = commandOf(state);
    // A command that is repeated until the machine is there is told once.
    if (command !== said) say(`${host.name}: ${command}`);
    said = command;
    const answer = await shell.run(host, command, timeout_ms);
    const step = next(state, answer, clock.nowMs());
    if (isOutcome(step)) {
      say(`${host.name}: ${step.sentence}`);
      return step;
    }
    if (step.phase === state.phase) await clock.sleep(limits.poll_ms);
    state = step;
  }
}

export async function rollOut(hosts: readonly Host[], image: string, digest: string, world: World): Promise<Rollout> {
  const outcomes: { name: string; outcome: Outcome }[] = [];
  for (const [index, host] of hosts.entries()) {
    const outcome = await updateMachine(host, image, digest, world);
    outcomes.push({ name: host.name, outcome });
    if (outcome.result === 'failed') {
      const rest = hosts.slice(index + 1).map(({ name }) => name);
      const untouched = rest.length > 0 ? ` Not touched: ${rest.join(', ')}.` : '';
      return {
        complete: false,
        outcomes,
        sentence: `The rollout stops at ${host.name}: ${outcome.sentence}${untouched}`,
      };
    }
  }
  return { complete: true, outcomes, sentence: '' };
}
