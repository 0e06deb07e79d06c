// Machines are booted inside mount, network and process namespaces of their own: what they mount, the addresses they use and the processes
// they leave vanish with the test, and a second run beside it does not notice. Needs root.

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must } from '../checks/command.ts';

/** Addresses of the link between the machine and the probe (RFC 5737: documentation, so never a real network's). */
export const link = {
  ours: '192.0.2.1',
  machine: '192.0.2.2',
  prefix: 24,
  netns: 'machine',
  device: 'pf-link',
} as const;

const scratch_variable = 'PUNKTFUNK_VM_SCRATCH';

/** Where this run may write; undefined outside of the namespaces. */
export const scratch = (): string | undefined => process.env[scratch_variable];

/** Runs this program again inside the namespaces; resolves with its exit code. */
export async function runIsolated(program: string, words: readonly string[]): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'punktfunk-vm.'));
  try {
    const flags = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private'];
    const child = spawn('unshare', [...flags, process.execPath, program, ...words], {
      stdio: 'inherit',
      env: { ...process.env, [scratch_variable]: dir },
    });
    const stop = () => child.kill('SIGKILL');
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    return await new Promise((done) => {
      child.on('error', () => done(1));
      child.on('exit', (code) => done(code ?? 1));
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Once inside: loopback, a clean /run/netns, a control-group tree that systemd in a container can use. */
export async function settleIn(): Promise<void> {
  await must('ip', 'link', 'set', 'lo', 'up');
  await must('mount', '-t', 'tmpfs', 'tmpfs', '/run');
  // systemd 257 wants the unified hierarchy; this machine may have the hybrid one.
  await must('sh', '-c', 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup');
}

/**
 * A writable view of the image's root in memory: the image stays as it is, and the view's changes outlive a reboot of the machine. `parts`
 * go into the view first: path below it to contents.
 */
export async function writableView(
  root: string,
  name: string,
  parts: Readonly<Record<string, { text: string; mode?: number }>> = {},
): Promise<string> {
  const dir = join(scratch() ?? '', name);
  mkdirSync(dir);
  await must('mount', '-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', dir);
  for (const part of ['upper', 'work', 'view']) mkdirSync(join(dir, part));
  const view = join(dir, 'view');
  const layers = `lowerdir=${root},upperdir=${join(dir, 'upper')},workdir=${join(dir, 'work')}`;
  await must('mount', '-t', 'overlay', '-o', layers, 'overlay', view);
  for (const [path, { text, mode }] of Object.entries(parts)) {
    const target = join(view, path);
    mkdirSync(join(target, '..'), { recursive: true });
    writeFileSync(target, text, { mode: mode ?? 0o644 });
  }
  return view;
}

/** Path of a file for what is too big for memory. */
export const scratchFile = (name: string): string => join(scratch() ?? '', name);
