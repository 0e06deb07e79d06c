import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, must } from '../../checks/command.ts';
import type { MachineTest } from '../context.ts';
import { asUser, copyTo } from '../machine.ts';

const source = resolve(import.meta.dirname, '../input_devices.cpp');
const program = resolve(import.meta.dirname, '../../../build/vm/input-devices');
// Not /run, where some systems let nothing be executed.
const there = '/var/tmp/punktfunk-input-devices';

export const test: MachineTest = {
  name: 'the seat makes a pad and a mouse through uinput and uhid, and evdev sees both',
  only: { when: (machine) => machine.own_kernel, needs: 'a container has the devices of the machine below it' },
  async run(context) {
    await copyTo(context.machine, there, readFileSync(await build()));
    try {
      const { code, stdout, stderr } = await context.machine.run(asUser(context.seat, there));
      expect(code === 0, `as ${context.seat}: ${stdout.trim()}${stderr.trim()}`);
    } finally {
      await context.machine.run(`rm -f ${there}`);
    }
  },
  controls: [
    {
      what: 'a device that the seat may not open',
      spoil: async (context) => void (await context.succeed('chmod 0600 /dev/uhid')),
      mend: async (context) => void (await context.succeed('chmod 0660 /dev/uhid')),
    },
  ],
};

/** Static: the machine under test needs nothing of it. */
async function build(): Promise<string> {
  const made = statSync(program, { throwIfNoEntry: false });
  if (made && made.mtimeMs > statSync(source).mtimeMs) return program;
  mkdirSync(resolve(program, '..'), { recursive: true });
  await must('c++', '-std=c++20', '-O2', '-Wall', '-Wextra', '-static', '-o', program, source);
  return program;
}
