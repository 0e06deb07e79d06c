import { expect, until } from '../../checks/command.ts';
import type { Context, MachineTest } from '../context.ts';
import { receive } from '../stream.ts';

const drop_in = '/run/systemd/system/user@.service.d/99-punktfunk-control.conf';
/** As the unit has them (packaging/linux/all/usr/lib/systemd/user/punktfunk-host.service). */
const limits = '-p LimitRTPRIO=20 -p LimitNICE=-11';

export const test: MachineTest = {
  name: 'sound keeps its time: the threads of PipeWire and of the host get the priority that they ask for',
  only: {
    when: (machine) => machine.own_kernel,
    needs: 'a container may not raise limits beyond those of the machine below it',
  },
  async run(context) {
    await context.hostUp(60_000);
    // Of all that the doctor says only this: loading an engine may take a machine whose processor is imitated too long.
    const said = await context.asSeat(
      `systemd-run --user --quiet --pipe --wait ${limits} punktfunk-host doctor --json || true`,
    );
    const { checks } = JSON.parse(said) as { checks: { name: string; state: string; detail: string }[] };
    const priority = checks.find(({ name }) => name === 'priority');
    expect(priority?.state === 'ok', `the doctor says of priority: ${priority?.detail ?? 'nothing'}`);
    await realtime(context, 'data-loop.0', 'the data loop of PipeWire');
    await receive(context, {}, 10, 120_000, () => realtime(context, 'pf-audio', "the host's thread that sends sound"));
  },
  controls: [
    {
      what: 'a user manager without these limits',
      spoil: (context) =>
        managerWith(
          context,
          `mkdir -p $(dirname ${drop_in}) && printf '[Service]\\nLimitRTPRIO=0\\nLimitNICE=0\\n' >${drop_in}`,
        ),
      mend: (context) => managerWith(context, `rm ${drop_in}`),
    },
  ],
};

/** Each thread of the seat's with this name runs in real time, and there is one. */
async function realtime(context: Context, name: string, what: string): Promise<void> {
  const threads = await until(what, context.within(20_000), async () => {
    const { stdout } = await context.machine.run(`ps -L -u ${context.seat} -o comm=,cls=,rtprio= | grep '^${name} '`);
    return stdout.trim() || undefined;
  });
  for (const line of threads.split('\n')) {
    const [, scheduling = '', level = ''] = line.trim().split(/\s+/);
    expect(/^(RR|FF)$/.test(scheduling), `${what} is not in real time: ${line.trim()}`);
    context.figure(`${what}: priority`, Number(level), '');
  }
}

async function managerWith(context: Context, change: string): Promise<void> {
  await context.succeed(
    `${change} && systemctl daemon-reload && systemctl restart user@$(id -u ${context.seat}).service`,
  );
  await context.hostUp(60_000);
}
