// Rolls an image out over machines: node roll-out.ts FLEET.json, or "-" for standard input. Pulumi runs it for one machine at a
// time, a person for a whole fleet. The private key comes in PUNKTFUNK_SSH_KEY; without it ssh's agent is asked.
// Exit code 0: all machines are on the image and healthy. 1: not all. 2: the fleet is not right.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, parseFleet } from './config.ts';
import { rollOut } from './rollout.ts';
import { openSshShell } from './ssh.ts';

function readFleet(parameters: readonly string[]) {
  const [file] = parameters;
  if (file === undefined || parameters.length > 1)
    throw new ConfigError(['Give one file with the fleet, or "-" for standard input.']);
  let input: unknown;
  try {
    input = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    throw new ConfigError([`The fleet cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  return parseFleet(input);
}

async function main(): Promise<number> {
  const { image, digest, machines } = readFleet(process.argv.slice(2));
  // ssh and what it starts need no copy of the key.
  const key = process.env.PUNKTFUNK_SSH_KEY || null;
  delete process.env.PUNKTFUNK_SSH_KEY;
  const shell = openSshShell(machines, key);
  process.once('exit', () => shell.close());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  const clock = { nowMs: () => performance.now(), sleep: (ms: number) => sleep(ms) };
  const rollout = await rollOut(machines, image, digest, { shell, clock, say: (line) => console.log(line) });
  if (!rollout.complete) console.error(rollout.sentence);
  return rollout.complete ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  for (const sentence of error.sentences) console.error(sentence);
  process.exitCode = 2;
}
