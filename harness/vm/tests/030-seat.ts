import { expect } from '../../checks/command.ts';
import type { MachineTest } from '../context.ts';

export const test: MachineTest = {
  name: 'the host is a user unit of the lingering seat, with nobody logged in',
  async run(context) {
    const { seat } = context;
    await context.hostUp(60_000);
    const unit = 'systemctl --user show --value -p';
    const state = await context.asSeat(`${unit} ActiveState punktfunk-host.service`);
    expect(state === 'active', `punktfunk-host.service of ${seat} is ${state}`);
    const pid = await context.asSeat(`${unit} MainPID punktfunk-host.service`);
    const owner = await context.succeed(`stat -c %U /proc/${pid}`);
    expect(owner === seat, `the host's process belongs to ${owner}`);
    const caps = await context.succeed(`sed -n 's/^CapEff:\\s*//p' /proc/${pid}/status`);
    expect(/^0+$/.test(caps), `the host has capabilities: ${caps}`);
    const { pid: answering } = await context.hostUp(30_000);
    expect(`${answering}` === pid, `process ${answering} answers, not the unit's ${pid}`);
    const linger = await context.succeed(`loginctl show-user ${seat} --value -p Linger`);
    expect(linger === 'yes', `${seat} does not linger`);
    const sessions = await context.succeed(`loginctl show-user ${seat} --value -p Sessions`);
    const kinds =
      sessions === ''
        ? ''
        : await context.succeed(`for s in ${sessions}; do loginctl show-session $s --value -p Class; done`);
    expect(!/^(user|greeter)$/m.test(kinds), `${seat} is logged in: ${kinds}`);
    const display = (await context.hostUp(30_000)).display;
    expect(display !== null, 'the host has no desktop to stream');
  },
  controls: [
    {
      what: 'a seat that does not linger',
      spoil: async ({ machine, seat }) => void (await machine.run(`mv /var/lib/systemd/linger/${seat} /run/lingered`)),
      mend: async ({ machine, seat }) => void (await machine.run(`mv /run/lingered /var/lib/systemd/linger/${seat}`)),
    },
  ],
};
