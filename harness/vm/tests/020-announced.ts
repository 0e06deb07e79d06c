import { expect, until } from '../../checks/command.ts';
import { tellBootTime } from '../boot-time.ts';
import { type MachineTest, userUnit } from '../context.ts';
import { openProbe } from '../stream.ts';

const announced_ms = 60_000;

export const test: MachineTest = {
  name: 'the host answers, and is announced on the network',
  async run(context) {
    const { machine, browser } = context;
    await context.hostUp(announced_ms);
    const info = await (await openProbe(context)).serverInfo();
    expect(info.unique_id !== '', '/serverinfo came without the id of a host');
    const heard = await until(
      `an announcement of ${machine.address} (multicast DNS)`,
      context.within(announced_ms),
      () => browser.find(machine.address),
    );
    expect(heard.port === context.base_port, `announced at port ${heard.port}, it answers at ${context.base_port}`);
    await until('the host to know that it is announced', announced_ms, async () =>
      (await context.hostUp(announced_ms)).announced ? true : undefined,
    );
    if (machine.kind === 'nspawn') await tellBootTime(context, 'first boot', heard.at_ns);
  },
  controls: [
    {
      what: 'a host that does not run',
      async spoil(context) {
        await userUnit(context, 'stop');
        context.browser.forget();
      },
      mend: (context) => userUnit(context, 'start'),
    },
  ],
};
