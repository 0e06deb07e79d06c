// `punktfunk-harness latency serve-clock`: tells whoever asks what time it is here, for latencies between two machines.

import { exits } from '../exits.ts';
import { default_clock_port, serveClock } from './clock.ts';

const help = `usage: punktfunk-harness latency serve-clock [PORT]

Answers questions for this machine's CLOCK_MONOTONIC by UDP (${default_clock_port}), until it is
ended. The other machine names it: latency HOST --clock HOST:PORT`;

/** Resolves with the exit code. */
export async function serve(words: readonly string[]): Promise<number> {
  const [word, ...more] = words;
  if (word === '--help' || word === '-h') {
    process.stdout.write(`${help}\n`);
    return exits.passed;
  }
  const port = word === undefined ? default_clock_port : Number(word);
  if (more.length > 0 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    process.stderr.write(`serve-clock takes one port from 0 to 65535, not "${words.join(' ')}".\n`);
    return exits.usage;
  }
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  try {
    await serveClock(port, ending.signal, (taken) =>
      process.stdout.write(`The clock of this machine is told at UDP ${taken}.\n`),
    );
    return exits.passed;
  } catch (error) {
    process.stderr.write(
      `The clock cannot be told at UDP ${port}: ${error instanceof Error ? error.message : String(error)}.\n`,
    );
    return exits.not_measured;
  }
}
