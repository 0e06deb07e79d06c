import { expect } from '../../checks/command.ts';
import type { Context, MachineTest } from '../context.ts';

const linger = '/var/lib/systemd/linger';
const groups_unit = 'punktfunk-seat-user.service';
const firewall = '/usr/lib/firewalld/services/punktfunk.xml';
/** What the host listens on, from its base port (docs/gamestream.md, 1). */
const tcp_offsets = [-5, 0, 21];
const udp_offsets = [9, 10, 11];

export const test: MachineTest = {
  name: 'what the image brings is in place: users, folders, lingering, services for the firewall',
  async run(context) {
    await users(context);
    await ports(context);
    const packaged = await context.succeed(
      'ls /usr/lib/udev/rules.d /usr/lib/modules-load.d /usr/lib/sysctl.d | grep -c punktfunk',
    );
    expect(packaged === '3', `of udev rules, modules to load and kernel settings ${packaged} of 3 files are there`);
    const cap = await context.succeed('getcap -r /usr/lib/punktfunk 2>/dev/null || true');
    expect(cap === '', `files carry capabilities: ${cap}`);
    const special = await context.succeed('find /usr/lib/punktfunk /usr/bin/punktfunk-* -perm /7000 -o ! -user root');
    expect(special === '', `setuid files, or files that are not root's: ${special}`);
  },
  controls: [
    {
      what: 'a home that everyone may read',
      spoil: async (context) => void (await context.succeed(`chmod 0755 ~${context.seat}`)),
      mend: async (context) => void (await context.succeed(`chmod 0700 ~${context.seat}`)),
    },
  ],
};

async function users(context: Context): Promise<void> {
  const { seat } = context;
  const groups = (await context.succeed(`id -nG ${seat}`)).split(' ');
  const missing = ['input', 'video', 'render'].filter((group) => !groups.includes(group));
  expect(missing.length === 0, `${seat} is not in ${missing.join(', ')}`);
  await groupsInTime(context);
  const home = await context.succeed(`stat -c '%U %a' "$(getent passwd ${seat} | cut -d: -f6)"`);
  expect(home === `${seat} 700`, `the home of ${seat} has owner and mode "${home}"`);
  expect((await context.machine.run(`test -e ${linger}/${seat}`)).code === 0, `${linger}/${seat} is not there`);
}

/** What runs for the seat has these groups from the first boot on: they were there before its manager was started. */
async function groupsInTime(context: Context): Promise<void> {
  const { seat } = context;
  const succeed = (script: string) => context.succeed(script);
  const manager = await succeed(`systemctl show -p MainPID --value "user@$(id -u ${seat}).service"`);
  const had = (await succeed(`sed -n 's/^Groups:\\s*//p' /proc/${manager}/status`)).split(' ');
  for (const group of ['input', 'video', 'render']) {
    const [, , gid = ''] = (await succeed(`getent group ${group}`)).split(':');
    expect(had.includes(gid), `the user manager of ${seat} runs without the group ${group}`);
  }
  const property = (unit: string, name: string) => succeed(`systemctl show -p ${name} --value ${unit}`);
  expect(
    (await property(groups_unit, 'Before')).split(' ').includes('systemd-logind.service'),
    `${groups_unit} is not ordered before systemd-logind.service`,
  );
  const done = Number(await property(groups_unit, 'ActiveEnterTimestampMonotonic'));
  const logind = Number(await property('systemd-logind.service', 'InactiveExitTimestampMonotonic'));
  expect(done > 0 && done <= logind, `${groups_unit} was done at ${done}, logind began at ${logind}`);
}

async function ports(context: Context): Promise<void> {
  const xml = await context.succeed(`cat ${firewall}`);
  const opened = new Set<string>();
  for (const match of xml.matchAll(/protocol="(tcp|udp)" port="(\d+)(?:-(\d+))?"/g))
    for (let port = Number(match[2]); port <= Number(match[3] ?? match[2]); port++) opened.add(`${match[1]} ${port}`);
  const base = 47_989;
  const wanted = [
    ...tcp_offsets.map((offset) => `tcp ${base + offset}`),
    ...udp_offsets.map((offset) => `udp ${base + offset}`),
  ];
  const closed = wanted.filter((port) => !opened.has(port));
  expect(closed.length === 0, `${firewall} leaves ${closed.join(', ')} closed`);
}
