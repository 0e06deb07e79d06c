import { expect } from '../../checks/command.ts';
import type { Context, MachineTest } from '../context.ts';

const rule = '/etc/tmpfiles.d/punktfunk-control.conf';

export const test: MachineTest = {
  name: 'an administrator who turned the seat off finds it off after a reboot, and turns it on again',
  only: { when: (machine) => machine.throw_away, needs: 'the machine would be without its host for a while' },
  async run(context) {
    const { machine, seat } = context;
    await context.hostUp(60_000);
    const uid = await context.succeed(`id -u ${seat}`);
    await context.succeed(`loginctl disable-linger ${seat}`);
    try {
      await machine.reboot();
      const file = await machine.run(`test -e /var/lib/systemd/linger/${seat}`);
      expect(file.code !== 0, `after the reboot ${seat} lingers again`);
      const manager = (await machine.run(`systemctl is-active user@${uid}.service`)).stdout.trim();
      expect(manager === 'inactive', `the seat's user manager is ${manager}`);
    } finally {
      await context.succeed(`loginctl enable-linger ${seat}`);
      await hostAgain(context);
    }
  },
  controls: [
    {
      what: 'a rule that makes it linger at each boot',
      spoil: ({ machine, seat }: Context) =>
        machine
          .run(`mkdir -p /etc/tmpfiles.d && echo 'f /var/lib/systemd/linger/${seat}' >${rule}`)
          .then(() => undefined),
      mend: async (context) => void (await context.succeed(`rm ${rule}`)),
    },
  ],
};

/** With all the time that it needs, on a spoilt machine too: the next test finds it whole. */
async function hostAgain(context: Context): Promise<void> {
  const { spoilt } = context;
  context.spoilt = false;
  await context.hostUp(60_000);
  context.spoilt = spoilt;
}
