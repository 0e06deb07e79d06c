// How long an appliance takes to be there: from the first process of userspace to the announcement on the network.

import { expect } from '../checks/command.ts';
import type { Context } from './context.ts';

// What the appliance promises is 3 s; only thrice that fails, since machines that test are busy ones.
const fail_above_s = 9;

/**
 * Tells the figures of the boot that ended with an announcement heard at `announced_ns`. Both clocks are CLOCK_MONOTONIC, which a container
 * shares with us.
 */
export async function tellBootTime(context: Context, boot: string, announced_ns: bigint): Promise<void> {
  const began_us = Number(await context.succeed('systemctl show --value -p UserspaceTimestampMonotonic'));
  const host = await context.asSeat('systemctl --user show --value -p ExecMainStartTimestampMonotonic punktfunk-host');
  // Of the first start alone: a host that was started again since tells nothing about booting.
  if (Number(host) * 1000 > Number(announced_ns)) return;
  const took_s = Number(announced_ns) / 1e9 - began_us / 1e6;
  context.figure(`${boot}: userspace start to announced host`, took_s, 's');
  context.figure(`${boot}: of it, until the host was started`, Number(host) / 1e6 - began_us / 1e6, 's');
  expect(took_s < fail_above_s, `it took ${took_s.toFixed(1)} s from the start of userspace to an announced host`);
}
