// How long an appliance takes to be there: from the first process of userspace to the announcement on the network.

import { expect } from '../checks/command.ts';
import type { Context } from './context.ts';

/**
 * Tells the figures of the boot that ended with an announcement heard at `announced_ns`: the appliance promises 3 s, but machines
 * that test are busy ones, so only the order is judged. All clocks are CLOCK_MONOTONIC, which a container shares with us.
 */
export async function tellBootTime(context: Context, boot: string, announced_ns: bigint): Promise<void> {
  const began_us = Number(await context.succeed('systemctl show --value -p UserspaceTimestampMonotonic'));
  const host_us = Number(
    await context.asSeat('systemctl --user show --value -p ExecMainStartTimestampMonotonic punktfunk-host'),
  );
  expect(began_us > 0 && host_us > began_us, `the host was started at ${host_us} µs, userspace at ${began_us} µs`);
  // Of the first start alone: a host that was started again since tells nothing about booting.
  const announced_us = Number(announced_ns) / 1000;
  if (host_us > announced_us) return;
  context.figure(`${boot}: userspace start to announced host`, (announced_us - began_us) / 1e6, 's');
  context.figure(`${boot}: of it, until the host was started`, (host_us - began_us) / 1e6, 's');
}
