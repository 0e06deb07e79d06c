import type { MachineTest } from '../context.ts';
import { runThere } from '../static-program.ts';

export const test: MachineTest = {
  name: 'the seat makes a pad and a mouse through uinput and uhid, and evdev sees both',
  only: { when: (machine) => machine.own_kernel, needs: 'a container has the devices of the machine below it' },
  run: (context) =>
    runThere(context, { name: 'input-devices', sources: ['harness/vm/input_devices.cpp'] }, [context.seat]),
  controls: [
    {
      what: 'a device that the seat may not open',
      spoil: async (context) => void (await context.succeed('chmod 0600 /dev/uhid')),
      mend: async (context) => void (await context.succeed('chmod 0660 /dev/uhid')),
    },
  ],
};
