import { expect } from '../../checks/command.ts';
import type { MachineTest } from '../context.ts';

export const test: MachineTest = {
  name: 'a display device is there, with a connector, and open to the seat',
  only: { when: (machine) => machine.own_kernel, needs: 'a container has the devices of the machine below it' },
  async run(context) {
    const nodes = await context.succeed('ls /dev/dri 2>/dev/null || true');
    expect(/^card\d+$/m.test(nodes), `no display device: /dev/dri holds "${nodes}"`);
    const connectors = await context.succeed('ls -d /sys/class/drm/card*-*/status 2>/dev/null || true');
    expect(connectors !== '', 'no display device has a connector');
    const modes = await context.succeed('cat /sys/class/drm/card*-*/modes | sort -u | wc -l');
    context.figure('modes of the display', Number(modes), '');
    const closed = await context.succeed(
      `for d in /dev/dri/card* /dev/dri/renderD*; do [ ! -e $d ] || setpriv --reuid ${context.seat} --regid ${context.seat} --init-groups test -w $d || echo $d; done`,
    );
    expect(closed === '', `closed to ${context.seat}: ${closed}`);
  },
};
