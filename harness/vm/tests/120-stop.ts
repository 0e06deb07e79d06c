import { expect, until } from '../../checks/command.ts';
import { type MachineTest, userUnit } from '../context.ts';

const unit = 'punktfunk-host.service';

export const test: MachineTest = {
  name: 'the host stops clean: status 0, no process, no port, a farewell on the network',
  disrupts: 'stops its host for a moment',
  async run(context) {
    const { machine, browser, seat } = context;
    await context.hostUp(60_000);
    // Its announcements take some seconds; before they are through there is nobody to say farewell to.
    await until('the host to be announced', context.within(60_000), async () =>
      (await context.hostUp(30_000)).announced ? true : undefined,
    );
    const began = performance.now();
    await userUnit(context, 'stop');
    context.figure('the stop took', (performance.now() - began) / 1000, 's');
    try {
      const show = (property: string) => context.asSeat(`systemctl --user show --value -p ${property} ${unit}`);
      expect((await show('Result')) === 'success', `the unit ended with "${await show('Result')}"`);
      expect((await show('ExecMainStatus')) === '0', `the host ended with status ${await show('ExecMainStatus')}`);
      const left = await context.succeed(`pgrep -u ${seat} -a -f /usr/lib/punktfunk/build/libexec || true`);
      expect(left === '', `processes are left: ${left}`);
      const bound = await context.succeed(
        `ss -Hlntu | grep -E ':(${portsFrom(context.base_port).join('|')}) ' || true`,
      );
      expect(bound === '', `ports are still taken: ${bound}`);
      const socket = await context.succeed(`find ~${seat}/ -name host.sock`);
      expect(socket === '', `${socket} is left`);
      if (machine.kind !== 'ssh')
        await until(
          'the farewell on the network',
          context.within(5_000),
          () => browser.find(machine.address) === undefined || undefined,
        );
    } finally {
      await userUnit(context, 'start');
    }
    await context.hostUp(60_000);
  },
  controls: [
    {
      what: 'a host that is killed at its stop',
      spoil: (context) => killSignal(context, 'SIGKILL'),
      mend: (context) => killSignal(context, undefined),
    },
  ],
};

const portsFrom = (base: number) => [-5, 0, 9, 10, 11, 21].map((offset) => base + offset);

async function killSignal(context: Parameters<MachineTest['run']>[0], signal: string | undefined): Promise<void> {
  const dir = '$XDG_RUNTIME_DIR/systemd/user/punktfunk-host.service.d';
  const change = signal
    ? `mkdir -p ${dir} && printf '[Service]\\nKillSignal=${signal}\\n' > ${dir}/control.conf`
    : `rm -r ${dir}`;
  await context.asSeat(`${change} && systemctl --user daemon-reload`);
}
