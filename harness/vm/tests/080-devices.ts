import { expect, until } from '../../checks/command.ts';
import type { Context, MachineTest } from '../context.ts';

const rules = '60-punktfunk.rules';
const devices = ['uinput', 'uhid'] as const;

export const test: MachineTest = {
  name: 'modules, kernel settings, and the modes of /dev/uinput and /dev/uhid, without and with the rules',
  only: {
    when: (machine) => machine.own_kernel,
    needs: 'a container has the kernel and the devices of the machine below it',
  },
  async run(context) {
    for (const device of devices) await mode(context, device, 'root input 660', 'with the rules');
    await settings(context);
    if (!context.machine.throw_away || context.spoilt) return;
    await administrator(context);
    await context.succeed(
      `ln -s /dev/null /run/udev/rules.d/${rules} 2>/dev/null || { mkdir -p /run/udev/rules.d && ln -s /dev/null /run/udev/rules.d/${rules}; }`,
    );
    await again(context);
    for (const device of devices) await mode(context, device, 'root root 600', 'without the rules');
    await context.succeed(`rm /run/udev/rules.d/${rules}`);
    await again(context);
    for (const device of devices) await mode(context, device, 'root input 660', 'with the rules again');
  },
  controls: [
    {
      what: 'a device that everyone may open',
      spoil: async (context) => void (await context.succeed('chmod 0666 /dev/uinput')),
      mend: async (context) => void (await context.succeed('chmod 0660 /dev/uinput')),
    },
    {
      what: 'buffers of a size that frames overrun',
      spoil: async (context) => void (await context.succeed('sysctl -q -w net.core.wmem_max=212992')),
      mend: async (context) => void (await context.succeed('/usr/lib/systemd/systemd-sysctl')),
    },
  ],
};

/** What an administrator wrote holds at boot (all files in order) and after what an upgrade does, wherever his file stands in the order. */
async function administrator(context: Context): Promise<void> {
  const larger = '50000000';
  for (const name of ['10-local.conf', '99-local.conf']) {
    await context.succeed(`mkdir -p /etc/sysctl.d && echo net.core.rmem_max=${larger} >/etc/sysctl.d/${name}`);
    for (const step of ['/usr/lib/systemd/systemd-sysctl', 'sh /usr/lib/punktfunk/session/buffers.sh']) {
      const now = await context.succeed(`${step} && sysctl -n net.core.rmem_max`);
      expect(now === larger, `with ${larger} in ${name}, "${step}" leaves net.core.rmem_max at ${now}`);
    }
    const kept = await context.succeed(
      `rm /etc/sysctl.d/${name} && sh /usr/lib/punktfunk/session/buffers.sh && sysctl -n net.core.rmem_max`,
    );
    expect(kept === larger, `what no file says any more became less while the machine ran: ${kept}`);
    await context.succeed('/usr/lib/systemd/systemd-sysctl');
  }
}

/** The devices made anew, as at boot. */
async function again(context: Context): Promise<void> {
  await context.succeed(
    `udevadm control --reload && modprobe -r ${devices.join(' ')} && modprobe -a ${devices.join(' ')} && udevadm settle`,
  );
}

async function mode(context: Context, device: string, wanted: string, when: string): Promise<void> {
  let seen = '';
  await until(`/dev/${device}`, context.within(5_000), async () => {
    seen = (await context.machine.run(`stat -c '%U %G %a' /dev/${device}`)).stdout.trim();
    return seen === wanted || undefined;
  }).catch(() => undefined);
  expect(seen === wanted, `/dev/${device} ${when} is "${seen}", not "${wanted}"`);
}

async function settings(context: Context): Promise<void> {
  const loaded = await context.succeed(
    `for m in ${devices.join(' ')}; do test -d /sys/module/$m || test -e /dev/$m || echo $m; done`,
  );
  expect(loaded === '', `modules that are not loaded: ${loaded}`);
  const file = await context.succeed('cat /usr/lib/sysctl.d/00-punktfunk.conf');
  for (const [, key = '', value] of file.matchAll(/^([\w.]+)\s*=\s*(\d+)$/gm)) {
    const now = await context.succeed(`sysctl -n ${key}`);
    expect(Number(now) >= Number(value), `${key} is ${now}, not ${value}`);
  }
}
