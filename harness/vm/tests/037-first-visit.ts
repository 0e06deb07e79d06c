import { expect } from '../../checks/command.ts';
import type { Context, MachineTest } from '../context.ts';

interface Setting {
  name: string;
  configured: unknown;
  fixed: boolean;
}

const config = (context: Context) => `~${context.seat}/.local/share/punktfunk/config.json`;

export const test: MachineTest = {
  name: "the console's first visitor has 15 minutes, by a setting of the seat that a person can change",
  async run(context) {
    await context.hostUp(60_000);
    const setting = async () => {
      const list = await context.hostJson<Setting[]>('settings');
      return list.find(({ name }) => name === 'first_visit_minutes');
    };
    const found = await setting();
    expect(found?.configured === 15, `first_visit_minutes is ${found?.configured}`);
    expect(found?.fixed === false, 'first_visit_minutes cannot be changed in the settings');
    const owner = await context.succeed(`stat -c '%U %a' ${config(context)}`);
    expect(owner === `${context.seat} 600`, `config.json is of ${owner}`);
    const { first_visit_s } = await context.hostJson<{ first_visit_s: number }>('console');
    context.figure('time left for the first visit', first_visit_s, 's');
    try {
      await context.asSeat('punktfunk-host set first_visit_minutes 0');
      await context.succeed('systemd-tmpfiles --create punktfunk-seat.conf');
      expect((await setting())?.configured === 0, 'what a person has set is lost at the next boot');
    } finally {
      await context.asSeat('punktfunk-host set first_visit_minutes 15');
    }
  },
  controls: [
    {
      what: 'a seat without its first configuration',
      spoil: async (context) => void (await context.succeed(`mv ${config(context)} ${config(context)}.kept`)),
      mend: async (context) => void (await context.succeed(`mv ${config(context)}.kept ${config(context)}`)),
    },
  ],
};
