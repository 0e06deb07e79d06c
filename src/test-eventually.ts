// Waiting for what shall come, where nothing but a look tells.

import { scheduler } from 'node:timers/promises';

/** A busy machine takes its time. */
const patience_ms = 120_000;
const look_ms = 10;

/** The first answer that is neither undefined nor false. Throws Error with `what` when none comes. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
): Promise<Exclude<Awaited<T>, undefined | false>> {
  const deadline = performance.now() + patience_ms;
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== false) return answer as Exclude<Awaited<T>, undefined | false>;
    if (performance.now() > deadline) throw new Error(`never came: ${what}`);
    await scheduler.wait(look_ms);
  }
}
