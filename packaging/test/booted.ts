// What packages' scripts do where systemd runs: a booted root in which the .deb comes, is upgraded and goes while a user's host runs.

import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import {
  endOf,
  execute,
  expect,
  Failure,
  messageOf,
  must,
  type Script,
  script,
  sh,
  until,
} from '../../harness/checks/command.ts';
import type { Place } from './formats.ts';
import { base, streamer_uid } from './roots.ts';

const patience_ms = 300_000;
const users = { streamer: streamer_uid, guest: 1001 } as const;
type User = keyof typeof users;
const unit = 'punktfunk-host.service';

export class Booted {
  #init = '';
  #child: ChildProcess | undefined;

  /** In a container of its own, with a network of its own. */
  async boot({ scratch, deb, roots }: Place, console_log: string): Promise<void> {
    const root = await roots.layer('booted', roots.changesOf('system'), base);
    const packages = ['systemd-sysv', 'libpam-systemd', 'dbus', 'udev', 'kmod'];
    await roots.apt('booted', ['install', '--no-install-recommends', ...packages]);
    // "streamer" is in the base; "guest" is somebody else. The buffers' settings are the whole machine's, not a container's:
    // setting.deb is the same package, but with one that is the container's own.
    const guest = `guest:x:${users.guest}:`;
    await sh`
      cd ${root} && rm -f usr/sbin/policy-rc.d && cp ${deb} punktfunk.deb
      echo ${`${guest}${users.guest}::/home/guest:/bin/sh`} >>etc/passwd && echo ${guest} >>etc/group
      install -d -m 700 -o ${users.guest} -g ${users.guest} home/guest && mkdir -p var/lib/systemd/linger
      for user in streamer guest; do echo "$user:*:20000::::::" >>etc/shadow && touch var/lib/systemd/linger/$user; done
      dpkg-deb -R ${deb} ${scratch}/setting && cd ${scratch}/setting
      grep -rlZ rmem_max DEBIAN usr/lib/sysctl.d usr/lib/punktfunk/session | xargs -0 sed -i 's/rmem_max/somaxconn/g'
      dpkg-deb -Znone --root-owner-group --build . ${root}/setting.deb && rm -rf ${scratch}/setting`;
    const enter = `umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup
      exec systemd-nspawn -q --register=no --keep-unit --link-journal=no --private-network --console=pipe -b -D "$1"`;
    const log = openSync(console_log, 'w');
    const words = ['--mount', '--propagation', 'private', 'sh', '-c', enter, 'sh', root];
    const child = spawn('unshare', words, { stdio: ['ignore', log, log] });
    this.#child = child;
    process.on('exit', () => child.kill('SIGKILL'));
    this.#init = await until('the first process of the machine', patience_ms, async () => {
      if (this.#ended) throw new Failure(`the machine ended:\n${endOf(readFileSync(console_log, 'utf8'))}`);
      const { stdout } = await execute('pgrep', ['-x', '-P', String(child.pid), 'systemd']);
      return stdout.trim() || undefined;
    });
    const state = await until('the end of its start', patience_ms, async () => {
      const { stdout } = await execute('nsenter', this.#words('systemctl is-system-running --wait'));
      return /^(running|degraded)$/m.exec(stdout)?.[0];
    });
    expect(state === 'running', `the machine is ${state}`);
  }
  get #ended(): boolean {
    return (this.#child?.exitCode ?? this.#child?.signalCode) != null;
  }
  #words(text: string): string[] {
    const namespaces = ['-t', this.#init, '-m', '-u', '-i', '-n', '-p', '-C', '-r', '-w'];
    const path = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';
    return [...namespaces, 'env', path, 'timeout', String(patience_ms / 1000), 'bash', '-euo', 'pipefail', '-c', text];
  }

  /** A script that must succeed there, as root. */
  readonly sh: Script = (...parts) => must('nsenter', ...this.#words(script(...parts)));
  /** The same as a user, in his session. */
  as(user: User): Script {
    const environment = `HOME=/home/${user} XDG_RUNTIME_DIR=/run/user/${users[user]}`;
    return (...parts) => this.sh`runuser -u ${user} -- env ${environment.split(' ')} bash -euc ${script(...parts)}`;
  }
  readonly streamer: Script = this.as('streamer');

  /** Tries until it succeeds. */
  async comes(work: () => Promise<unknown>): Promise<void> {
    let problem = '';
    const tried = async () => {
      problem = await work().then(() => '', messageOf);
      return problem === '' || undefined;
    };
    await until('success', patience_ms, tried).catch(() => expect(false, problem));
  }
  async hostPid(): Promise<number> {
    const pid = Number(await this.streamer`systemctl --user show --property MainPID --value ${unit}`);
    expect(pid > 0, 'the host does not run');
    return pid;
  }
  answers(user: User): Promise<void> {
    return this.comes(() => this.as(user)`punktfunk-host status`);
  }
  /** How often his host said that it waits, and for this. */
  async said(user: User, code: string): Promise<number> {
    const lines = (await this.sh`journalctl -q -o cat _UID=${users[user]}`).split('\n');
    return lines.filter((line) => line.includes('"event":"waiting"') && line.includes(`"code":"${code}"`)).length;
  }
  /** His host says that it waits for this, once more than before; it has not been restarted. */
  async waits(user: User, code: string, before: number): Promise<void> {
    await this.comes(async () => expect((await this.said(user, code)) > before, `${user}'s host does not say ${code}`));
    await this.as(
      user,
    )`systemctl --user is-active ${unit}; [ "$(systemctl --user show --property NRestarts --value ${unit})" = 0 ]`;
  }
  /** systemd(1): SIGRTMIN+4 asks the first process to power off. */
  async powerOff(): Promise<void> {
    await must('kill', '-s', 'RTMIN+4', this.#init);
    await until('its end', patience_ms, () => this.#ended || undefined);
  }
  kill(): void {
    this.#child?.kill('SIGKILL');
  }
}

/** In this order: each leaves the machine as the next one finds it. */
export const booted_checks: Readonly<Record<string, (machine: Booted) => Promise<unknown>>> = {
  async 'the deb comes and says what is next, a user enables his host'(machine) {
    const last = endOf(await machine.sh`apt-get -q -y install --no-install-recommends /punktfunk.deb`, 5);
    for (const step of ['punktfunk-host doctor', 'systemctl --user enable --now punktfunk-host', 'punktfunk-host pair'])
      expect(last.includes(`\n  ${step}`), `it ends without "${step}":\n${last}`);
    await machine.streamer`systemctl --user enable --now ${unit}; systemctl --user is-active ${unit}`;
    await machine.hostPid();
    await machine.answers('streamer');
  },
  // Two people on one machine: who comes second waits, and takes over when the first one's host ends.
  async "a second user's host waits, and takes over"(machine) {
    const guest = machine.as('guest');
    await guest`systemctl --user enable --now ${unit}`;
    await machine.waits('guest', 'PORT_TAKEN', 0);
    await guest`! punktfunk-host status`;
    await machine.streamer`punktfunk-host status; systemctl --user stop ${unit}`;
    await machine.answers('guest');
    await guest`systemctl --user disable --now ${unit}`;
    await machine.streamer`systemctl --user start ${unit}`;
    await machine.answers('streamer');
  },
  async 'so does one beside a host in a terminal'(machine) {
    const before = await machine.said('streamer', 'ALREADY_RUNNING');
    await machine.streamer`systemctl --user stop ${unit}; systemd-run --user --quiet --unit=by-hand punktfunk-host serve --display synthetic`;
    await machine.answers('streamer');
    await machine.streamer`systemctl --user start ${unit}`;
    const answering = async () =>
      (JSON.parse(await machine.streamer`punktfunk-host status --json`) as { pid: number }).pid;
    const by_hand = await answering();
    await machine.waits('streamer', 'ALREADY_RUNNING', before);
    await machine.streamer`systemctl --user stop by-hand`;
    const pid = await machine.hostPid();
    expect(pid !== by_hand, 'the host in the terminal is the unit');
    await machine.comes(async () => expect((await answering()) === pid, 'another host answers'));
    await machine.waits('streamer', 'ALREADY_RUNNING', before);
  },
  // A host of another kind on the same port (Sunshine's is the same).
  async 'and one beside another program on its port'(machine) {
    const before = await machine.said('streamer', 'PORT_TAKEN');
    await machine.streamer`systemctl --user stop ${unit}`;
    await machine.sh`systemd-run --quiet --unit=other /usr/lib/punktfunk/build/libexec/punktfunk/engine \
      -e 'require("node:net").createServer().listen(47989, "::")'`;
    await machine.comes(() => machine.sh`grep -q :BB75 /proc/net/tcp6`);
    await machine.streamer`systemctl --user start ${unit}`;
    await machine.waits('streamer', 'PORT_TAKEN', before);
    await machine.streamer`! punktfunk-host status`;
    await machine.sh`systemctl stop other`;
    await machine.answers('streamer');
  },
  async "the administrator's kernel settings stay, at each install and boot"(machine) {
    const file = '/proc/sys/net/core/somaxconn';
    const is = async (when: string, wanted: number) => {
      const now = Number(await machine.sh`cat ${file}`);
      expect(now === wanted, `${when}: net.core.somaxconn is ${now}, not ${wanted}`);
    };
    const afterInstall = async (wanted: number) => {
      await machine.sh`dpkg -i /setting.deb`;
      await is('installed', wanted);
    };
    const afterBoth = async (wanted: number) => {
      await afterInstall(wanted);
      await machine.sh`echo 4096 >${file}; /usr/lib/systemd/systemd-sysctl --prefix=net/core/somaxconn`;
      await is('booted', wanted);
    };
    await machine.sh`echo 4096 >${file}; mkdir -p /etc/sysctl.d`;
    await afterBoth(33_554_432);
    // The administrator's files, wherever they stand in the order, smaller or larger.
    for (const local of ['99-local.conf', '60-local.conf', '10-local.conf'].map((name) => `/etc/sysctl.d/${name}`)) {
      await machine.sh`echo net.core.somaxconn=50000000 >${local}`;
      await afterBoth(50_000_000);
      await machine.sh`echo net.core.somaxconn=9000 >${local}; echo 4096 >${file}`;
      await afterBoth(9000);
      await machine.sh`rm ${local}`;
    }
    await machine.sh`ln -s /dev/null /etc/sysctl.d/00-punktfunk.conf; echo 4096 >${file}`;
    await afterInstall(4096);
    // And what no file says: a value of the running machine gets no smaller.
    await machine.sh`rm /etc/sysctl.d/00-punktfunk.conf; echo 60000000 >${file}`;
    await afterInstall(60_000_000);
    await machine.sh`dpkg -i /punktfunk.deb`;
  },
  async 'an upgrade restarts the host'(machine) {
    const before = await machine.hostPid();
    await machine.sh`dpkg -i /punktfunk.deb`;
    await machine.streamer`systemctl --user is-active ${unit}`;
    expect((await machine.hostPid()) !== before, 'the host is the same process');
  },
  async 'removing the deb ends the host'(machine) {
    const pid = await machine.hostPid();
    await machine.sh`test -e /proc/${pid}; dpkg --purge punktfunk; ! test -e /proc/${pid}`;
    await machine.streamer`! systemctl --user is-active ${unit}`;
    // packaging/README.md, "What stays after removing"
    const left = await machine.sh`
      find / -xdev '(' -path /var/lib/dpkg -o -path /var/log -o -path /proc -o -path /run -o -path /tmp ')' -prune \
        -o -name '*punktfunk*' ! -path /punktfunk.deb -prune -print | grep -v -x -E \
        '/home/[a-z]+/(\.local/share/punktfunk|\.cache/punktfunk|\.config/systemd/user/default\.target\.wants/punktfunk-host\.service)' || :`;
    expect(left === '', left);
    await machine.sh`test -e /home/streamer/.local/share/punktfunk/identity.json`;
  },
  'the machine ends': (machine) => machine.powerOff(),
};
