// The image as ostree deploys it, which is what bootc does on the machine: one repository, a deployment a version, one /var for all of
// them.

import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure, must } from '../checks/command.ts';
import { scratchFile, writableView } from './isolate.ts';

const os = 'punktfunk';
const branch = 'image';
const size = '4g';

export interface Deployment {
  readonly commit: string;
  /** Its root, as it would be mounted. */
  readonly path: string;
}

/** A disk's root as ostree keeps it, in memory. */
export class Sysroot {
  readonly path: string;
  readonly #flag: string;
  #count = 0;

  private constructor(path: string) {
    this.path = path;
    this.#flag = `--sysroot=${path}`;
  }

  /** With `root`, an image's tree, as the first version. */
  static async make(root: string): Promise<Sysroot> {
    const path = scratchFile('sysroot');
    mkdirSync(path);
    await must('mount', '-t', 'tmpfs', '-o', `mode=0755,size=${size}`, 'tmpfs', path);
    const sysroot = new Sysroot(path);
    await must('ostree', 'admin', 'init-fs', path);
    await must('ostree', 'admin', 'os-init', os, sysroot.#flag);
    const view = await writableView(root, 'shaped');
    cpSync(join(view, 'etc'), join(view, 'usr/etc'), {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
    });
    rmSync(join(view, 'etc'), { recursive: true });
    // Device nodes of the image's build are no content.
    await must('find', join(view, 'dev'), '-mindepth', '1', '-delete');
    await must('ostree', 'commit', ...sysroot.#commitWords(), `--tree=dir=${view}`);
    return sysroot;
  }

  get var_dir(): string {
    return join(this.path, 'ostree/deploy', os, 'var');
  }

  #commitWords(): string[] {
    return [`--repo=${join(this.path, 'ostree/repo')}`, `--branch=${branch}`, '--subject=boot test'];
  }

  /** A tree that holds just `files` (path to contents), to be laid over the last version. */
  layer(files: Readonly<Record<string, string>>): string {
    const dir = scratchFile(`layer-${this.#count++}`);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text);
    }
    return dir;
  }

  /** The words of the command that commits the last version with `layer` over it. */
  commitWords(layer: string): string[] {
    return ['commit', ...this.#commitWords(), `--tree=ref=${branch}`, `--tree=dir=${layer}`];
  }

  deployWords(): string[] {
    return ['admin', 'deploy', this.#flag, `--os=${os}`, '--karg=root=LABEL=root', branch];
  }

  commit(layer: string): Promise<string> {
    return must('ostree', ...this.commitWords(layer));
  }

  /** Deploys the last commit: it is first from now on, with the files in /etc of the one that was. */
  async deploy(): Promise<Deployment> {
    await must('ostree', ...this.deployWords());
    return this.first();
  }

  /** Back to the deployment before. */
  async rollBack(): Promise<Deployment> {
    await must('ostree', 'admin', 'undeploy', this.#flag, '0');
    return this.first();
  }

  /** What the next boot would start, found as the boot loader finds it: through /boot's entries. Throws when any entry leads nowhere. */
  first(): Deployment {
    const dir = join(this.path, 'boot/loader/entries');
    const entries = existsSync(dir) ? readdirSync(dir) : [];
    const found = entries.map((name) => {
      const text = readFileSync(join(dir, name), 'utf8');
      const value = (key: string) => new RegExp(`^${key} (.*)$`, 'm').exec(text)?.[1] ?? '';
      for (const key of ['linux', 'initrd'])
        if (!existsSync(join(this.path, 'boot', value(key))))
          throw new Failure(`boot entry ${name}: ${value(key)} is not there`);
      const link = /ostree=(\S+)/.exec(value('options'))?.[1] ?? '';
      const at = join(this.path, link);
      if (link === '' || !existsSync(join(at, 'usr/lib/os-release')))
        throw new Failure(`boot entry ${name}: no deployment at ${link}`);
      const path = realpathSync(at);
      return {
        version: Number(value('version')),
        path,
        commit: path.slice(path.lastIndexOf('/') + 1).split('.')[0] ?? '',
      };
    });
    const [first] = found.sort((a, b) => b.version - a.version);
    if (!first) throw new Failure('there is no boot entry');
    return { commit: first.commit, path: first.path };
  }

  /** Every object against its name. */
  fsck(): Promise<string> {
    return must('ostree', 'fsck', '--quiet', `--repo=${join(this.path, 'ostree/repo')}`);
  }
}

/** Names, sizes, modes and times of all below `path`, as one number. */
export const treeSum = (path: string): Promise<string> =>
  must('sh', '-c', `find '${path}' -printf '%P %s %m %U %G %T@ %l\\n' | LC_ALL=C sort | sha256sum`);

/** Runs ostree and ends it, as a power cut would, after `after_ms`; says whether it was still running. */
export function cut(words: readonly string[], after_ms: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('ostree', words, { stdio: 'ignore', detached: true });
    const timer = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), after_ms);
    child.on('error', reject);
    child.on('exit', (_, signal) => {
      clearTimeout(timer);
      resolve(signal === 'SIGKILL');
    });
  });
}

/** Whatever an image's tree has outside of /usr and /etc that a deployment would not carry. */
export function strayContent(root: string): string[] {
  const stray: string[] = [];
  const walk = (path: string) => {
    for (const name of readdirSync(join(root, path))) {
      const inner = join(path, name);
      const info = lstatSync(join(root, inner));
      if (info.isDirectory()) walk(inner);
      else if (!info.isSymbolicLink() || path !== '/') stray.push(inner);
    }
  };
  for (const name of readdirSync(root)) {
    const info = lstatSync(join(root, name));
    if (['usr', 'etc', 'proc', 'sys', 'dev', 'run', 'tmp'].includes(name) || info.isSymbolicLink()) continue;
    if (info.isDirectory()) walk(`/${name}`);
    else stray.push(`/${name}`);
  }
  return stray;
}
