import type { MachineTest } from '../context.ts';
import { runThere } from '../static-program.ts';

const sources = ['harness/vm/gamepads.cpp', 'native/engine/pads/*.cpp', 'native/contract/problems.cpp'];

export const test: MachineTest = {
  name: "each kind of gamepad is what the kernel's own drivers take it for, both ways, and gone when its maker is",
  only: { when: (machine) => machine.own_kernel, needs: 'a container has the devices of the machine below it' },
  // Lights are root's to set.
  run: (context) => runThere(context, { name: 'gamepads', sources }, [context.seat, 'root']),
  controls: [
    {
      what: "a device that the seat may not open, of which an Xbox pad takes the DualSense's place",
      spoil: async (context) => void (await context.succeed('chmod 0600 /dev/uhid')),
      mend: async (context) => void (await context.succeed('chmod 0660 /dev/uhid')),
    },
  ],
};
