import { expect } from '../../checks/command.ts';
import type { MachineTest } from '../context.ts';
import { asUser } from '../machine.ts';

export const test: MachineTest = {
  name: 'the system runs, and no unit has failed, nor one of the seat',
  async run(context) {
    const state = (await context.machine.run('systemctl is-system-running --wait')).stdout.trim();
    const failed = await context.succeed('systemctl --failed --plain --no-legend');
    expect(failed === '', `units have failed:\n${failed}`);
    expect(state === 'running', `the system is "${state}", not "running"`);
    // A unit that is being started again and again has failed only in the end: the host gets its time.
    await context.hostUp(30_000).catch(() => undefined);
    await context.machine.run(asUser(context.seat, 'systemctl --user is-system-running --wait'));
    const of_seat = await context.asSeat('systemctl --user --failed --plain --no-legend');
    expect(of_seat === '', `units of ${context.seat} have failed:\n${of_seat}`);
  },
  controls: [
    {
      what: 'a unit that fails',
      spoil: async ({ machine }) => void (await machine.run('systemd-run --wait --unit=punktfunk-control false')),
      mend: async (context) => void (await context.succeed('systemctl reset-failed punktfunk-control')),
    },
    {
      what: 'a unit of the seat that fails',
      spoil: async (context) =>
        void (await context.asSeat('! systemd-run --user --wait --unit=punktfunk-control false')),
      mend: async (context) => void (await context.asSeat('systemctl --user reset-failed punktfunk-control')),
    },
  ],
};
