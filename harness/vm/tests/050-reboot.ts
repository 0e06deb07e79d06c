import { expect, until } from '../../checks/command.ts';
import { tellBootTime } from '../boot-time.ts';
import type { MachineTest } from '../context.ts';
import { pairedProbe, pairings, receiveWhole } from '../stream.ts';

export const test: MachineTest = {
  name: 'after a reboot identity and paired clients are still there, and it streams',
  disrupts: 'reboots the machine',
  async run(context) {
    await context.hostUp(60_000);
    const probe = await pairedProbe(context);
    const before = await probe.serverInfo();
    const clients = await pairings(context);
    context.browser.forget();
    await context.machine.reboot();
    await context.hostUp(120_000);
    if (context.machine.kind === 'nspawn') {
      const heard = await until('an announcement after the reboot', context.within(60_000), () =>
        context.browser.find(context.machine.address),
      );
      await tellBootTime(context, 'second boot', heard.at_ns);
    }
    const after = await probe.serverInfo();
    expect(after.unique_id === before.unique_id, `another host answers: ${after.unique_id}, was ${before.unique_id}`);
    expect(after.paired, 'the client is no longer paired');
    const kept = await pairings(context);
    expect(kept === clients, `the paired clients changed: they were ${clients}, and are ${kept}`);
    await receiveWhole(context, 'stream after the reboot', {}, 60, 120_000);
  },
};
