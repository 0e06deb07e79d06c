// Roots to install packages into, each a layer over others. In a mount namespace that ends with whoever asks: mounts go with it.

import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure, must, sh } from '../../harness/checks/command.ts';

export const streamer_uid = 1000;
const checkout = resolve(import.meta.dirname, '../..');
const fresh_ms = 7 * 24 * 3600 * 1000;
const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];

/** The name of this machine's release of Debian or Ubuntu; empty elsewhere. */
export const suite = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';

/** What a root is made of. */
export interface Contents {
  readonly suite: string;
  readonly packages: readonly string[];
  /** A file of apt's sources, or lines of one. */
  readonly sources: string;
}

/** Made anew when it is a week old, or what it is made of has changed: nothing of ours is in it. */
export async function makeRoot(path: string, { suite, packages, sources }: Contents): Promise<void> {
  const [record, contents] = [join(path, 'made'), JSON.stringify([suite, packages])];
  const made = statSync(record, { throwIfNoEntry: false });
  if (made && Date.now() - made.mtimeMs < fresh_ms && readFileSync(record, 'utf8') === contents) return;
  const account = `streamer:x:${streamer_uid}:`;
  // Nothing is waited for after each file: a root that is not whole has another name.
  const options = ['--aptopt=Acquire::Retries "5"', '--dpkgopt=force-unsafe-io'];
  await sh`
    mkdir -p ${dirname(path)} && rm -rf ${path} ${path}.new && new=${path}.new
    mmdebstrap --mode=root --variant=apt --include=${packages.join(',')} ${options} --skip=cleanup/apt/lists ${suite} $new ${sources}
    # No service is started in a root.
    printf '#!/bin/sh\nexit 101\n' >$new/usr/sbin/policy-rc.d && chmod 755 $new/usr/sbin/policy-rc.d
    echo ${`${account}${streamer_uid}::/home/streamer:/bin/sh`} >>$new/etc/passwd && echo ${account} >>$new/etc/group
    install -d -m 700 -o ${streamer_uid} -g ${streamer_uid} $new/home/streamer
    printf %s ${contents} >$new/made && mv $new ${path}`;
}

/** This machine's own sources of packages: a file of apt's. */
function ownSources(): string {
  const lists = ['sources.list.d/debian.sources', 'sources.list.d/ubuntu.sources', 'sources.list'];
  const sources = lists
    .map((list) => `/etc/apt/${list}`)
    .find((path) => existsSync(path) && /^(Types:|deb )/m.test(readFileSync(path, 'utf8')));
  if (!sources) throw new Failure('no sources of Debian or Ubuntu in /etc/apt');
  return sources;
}

/** The mirror of Debian that this machine uses, for any release; undefined elsewhere. */
export function debianMirror(): string | undefined {
  if (!/^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))) return undefined;
  const lines = readFileSync(ownSources(), 'utf8').matchAll(/^(?:URIs:|deb(?: \[[^\]]*\])?) +(\S+)/gm);
  return [...lines].map(([, uri = '']) => uri).find((uri) => !uri.includes('security'));
}

/** A bare root of this machine's release, where apt knows what there is. */
export const base = join(checkout, 'build/roots', suite);
export const makeBase = (): Promise<void> =>
  makeRoot(base, { suite, packages: ['ca-certificates'], sources: ownSources() });

export class Roots {
  readonly #scratch: string;

  constructor(scratch: string) {
    this.#scratch = scratch;
  }

  of(name: string): string {
    return join(this.#scratch, 'roots', name, 'root');
  }
  /** What a root changed of those below it: a layer of others. */
  changesOf(name: string): string {
    return join(this.#scratch, 'roots', name, 'changes');
  }

  /** Mounts a root of its own over others, the first on top. */
  async layer(name: string, ...lower: string[]): Promise<string> {
    const folder = join(this.#scratch, 'roots', name);
    for (const part of ['changes', 'work', 'root']) mkdirSync(join(folder, part), { recursive: true });
    const layers = `lowerdir=${lower.join(':')},upperdir=${folder}/changes,workdir=${folder}/work`;
    await must('mount', '-t', 'overlay', name, '-o', layers, join(folder, 'root'));
    return this.of(name);
  }
  async unlayer(name: string): Promise<void> {
    await must('umount', '-R', this.of(name));
  }

  /** Runs a command as root there, with the machine's network; `beside` is seen there as /run/beside. What it leaves ends with it. */
  inside(name: string, words: readonly string[], beside = ''): Promise<string> {
    const enter = `root=$1 beside=$2 && shift 2
      mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs -o mode=1777 tmp "$root/tmp" && mount -t tmpfs run "$root/run"
      for file in /etc/resolv.conf /etc/hosts; do
        if [ -e "$file" ]; then [ -e "$root$file" ] || : >"$root$file"; mount --bind "$file" "$root$file"; fi
      done
      if [ -n "$beside" ]; then mkdir "$root/run/beside" && mount --bind "$beside" "$root/run/beside"; fi
      exec chroot "$root" env DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"`;
    return must('unshare', ...namespaces, 'sh', '-ec', enter, 'sh', this.of(name), beside, ...words);
  }

  apt(name: string, words: readonly string[], beside = ''): Promise<string> {
    const settings = ['Dpkg::Options::=--force-unsafe-io', 'APT::Sandbox::User=root', 'Acquire::Retries=5'];
    const options = ['-q', '-y', ...settings.flatMap((setting) => ['-o', setting])];
    return this.inside(name, ['apt-get', ...options, ...words], beside);
  }

  /** The host that is installed there says that everything is there, starts, answers and ends. */
  startHost(name: string): Promise<string> {
    return this.#program(name, 'start-host.ts');
  }
  /** The kit that is installed there measures the host beside it. */
  measure(name: string): Promise<string> {
    return this.#program(name, 'measure-there.ts');
  }
  /** In a network and a tree of processes of its own. */
  #program(name: string, script: string): Promise<string> {
    const enter = `root=$1 && mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs -o mode=1777 shm "$root/dev/shm" &&
      mount -t tmpfs -o mode=1777 tmp "$root/tmp" && mount -t tmpfs -o mode=755 run "$root/run" && ip link set lo up && exec "$2" "$3" "$root" "$4"`;
    const program = [process.execPath, join(import.meta.dirname, script)];
    const words = [this.of(name), ...program, String(streamer_uid)];
    return must('unshare', ...namespaces, '--net', 'sh', '-c', enter, 'sh', ...words);
  }

  /** Every path of a root but those of package systems' own records. */
  paths(name: string): Promise<string> {
    const records = ['dpkg', 'apt', 'rpm', 'pacman'].map((system) => `/var/lib/${system}`);
    const left_out = ['/proc', '/dev', '/run', '/tmp', '/var/log', '/var/cache/apt', '/var/cache/pacman', ...records];
    const pruned = left_out.flatMap((path) => ['-o', '-path', `${this.of(name)}${path}`]).slice(1);
    return sh`find ${this.of(name)} '(' ${pruned} ')' -prune -o -printf '%y %m %U:%G /%P\n' | LC_ALL=C sort`;
  }
}
