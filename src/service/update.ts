// What runs, what the next start would run, and what the machine's own package system already knows of. Asked without privileges and
// without the network: what cannot be known so is unknown, with the reason.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { version } from '../config/paths.ts';
import { reasonOf } from '../errors.ts';
import { type InstallKind, install_kind, package_root } from '../installation.ts';
import type { Update } from '../management/schema/host.ts';

/** Runs a program and resolves with what it prints. Throws when it fails or is not there. */
export type Ask = (program: string, words: string[]) => Promise<string>;

const ask_limits = { timeout: 10_000, maxBuffer: 4 << 20 };

const ask: Ask = async (program, words) =>
  (await promisify(execFile)(program, words, { ...ask_limits, env: { ...process.env, LC_ALL: 'C' } })).stdout;

/** A package system is asked once in so long, however often we are. */
const age_ms = 60_000;

export class UpdateService {
  #latest: { asked_ms: number; status: Promise<Update> } | undefined;

  status(): Promise<Update> {
    const now_ms = performance.now();
    if (!this.#latest || now_ms - this.#latest.asked_ms > age_ms)
      this.#latest = { asked_ms: now_ms, status: updateStatus() };
    return this.#latest.status;
  }
}

/** Nothing newer, or unknown for this reason. */
type Available = { version: string; staged: boolean; cure: string } | { version: null; detail: string };

export async function updateStatus(kind: InstallKind = install_kind, asked: Ask = ask): Promise<Update> {
  const installed = versionOnDisk();
  const available = await availableFor[kind](asked).catch(
    (error: unknown): Available => ({
      version: null,
      detail: `What is newer is unknown: ${firstLine(reasonOf(error))}.`,
    }),
  );
  const status = { install_kind: kind, running: version, installed, available: available.version };
  if (available.version !== null && available.staged)
    return {
      ...status,
      restart: 'machine',
      detail: `${available.version} is staged for the next boot.`,
      cure: available.cure,
    };
  if (installed !== null && installed !== version)
    return {
      ...status,
      restart: 'host',
      detail: `${installed} is installed, and ${version} still runs.`,
      cure: 'Start the host again once nobody streams.',
    };
  if (available.version !== null)
    return { ...status, restart: 'none', detail: `${available.version} can be installed.`, cure: available.cure };
  return { ...status, restart: 'none', detail: available.detail, cure: '' };
}

function versionOnDisk(): string | null {
  try {
    const { version: found } = JSON.parse(readFileSync(join(package_root, 'package.json'), 'utf8')) as {
      version?: unknown;
    };
    return typeof found === 'string' ? found : null;
  } catch {
    return null;
  }
}

const nothing_newer = { version: null, detail: 'Nothing newer is known to this machine.' };
const newer = (found: string, cure: string): Available =>
  found === '' ? nothing_newer : { version: found, staged: false, cure };

const availableFor: Readonly<Record<InstallKind, (asked: Ask) => Promise<Available>>> = {
  checkout: async () => ({
    version: null,
    detail: 'This is a checkout: what is newer is known to its git remote alone.',
  }),
  deb: async (asked) => {
    const policy = await asked('apt-cache', ['policy', 'punktfunk']);
    const [installed, candidate = ''] = ['Installed', 'Candidate'].map(
      (name) => new RegExp(`^ +${name}: (\\S+)`, 'm').exec(policy)?.[1],
    );
    return newer(
      candidate === installed || candidate === '(none)' ? '' : candidate,
      'sudo apt-get install --only-upgrade punktfunk',
    );
  },
  rpm: async (asked) => {
    const words = ['--cacheonly', '--quiet', 'repoquery', '--upgrades', '--qf', '%{version}-%{release}\n', 'punktfunk'];
    return newer(firstLine(await asked('dnf', words)), 'sudo dnf upgrade punktfunk');
  },
  arch: async (asked) => {
    // It fails, and says nothing, where there is nothing newer.
    const line = await asked('pacman', ['-Qu', 'punktfunk']).catch((error: { code?: unknown }) => {
      if (error.code === 1) return '';
      throw error;
    });
    return newer(/-> (\S+)/.exec(line)?.[1] ?? '', 'sudo pacman -Syu');
  },
  sysext: async () => ({ version: null, detail: 'What is newer is unknown: an extension is downloaded by hand.' }),
  image: async (asked) => {
    const { deployments = [] } = JSON.parse(await asked('rpm-ostree', ['status', '--json'])) as {
      deployments?: { staged?: boolean; version?: string; checksum?: string }[];
    };
    const staged = deployments.find((one) => one.staged);
    if (!staged) return nothing_newer;
    const name = staged.version ?? staged.checksum?.slice(0, 12) ?? 'another image';
    return { version: name, staged: true, cure: 'Start the machine again once nobody streams: systemctl reboot' };
  },
};

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';
