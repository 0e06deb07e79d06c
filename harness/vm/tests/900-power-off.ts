import { expect } from '../../checks/command.ts';
import type { MachineTest } from '../context.ts';

const clean_within_s = 20;

export const test: MachineTest = {
  name: 'the machine powers off by itself',
  only: { when: (machine) => machine.throw_away, needs: 'nobody would switch this machine on again' },
  async run(context) {
    const began = performance.now();
    const end = await context.machine.powerOff();
    const took_s = (performance.now() - began) / 1000;
    context.figure('it took', took_s, 's');
    expect(end === 'ended with 0', `the machine ${end}`);
    expect(took_s < clean_within_s * context.machine.patience, `it took ${took_s.toFixed(1)} s: a unit did not stop`);
  },
};
