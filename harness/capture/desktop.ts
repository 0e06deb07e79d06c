// Where pictures are captured: the session that is there, or a headless Sway of our own, which may be resized and lose its output.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../src/find-program.ts';
import { harness_repair, native_dir, package_root } from '../../src/installation.ts';
import type { Size } from '../kit/lists.ts';
import { NotMeasured } from '../kit/run.ts';

export interface Desktop {
  /** What programs in it need. */
  readonly environment: NodeJS.ProcessEnv;
  /** Ours: it may be changed. */
  readonly own: boolean;
  close(): Promise<void>;
}

/** The person's, who sees the beacon on the screen. */
export function sessionHere(): Desktop | undefined {
  if (!process.env.WAYLAND_DISPLAY) return undefined;
  return { environment: process.env, own: false, close: async () => {} };
}

const in_sway = join(package_root, 'harness/capture/in-sway');
const shim = join(native_dir, 'libpunktfunk-screencopy-shim.so');

/** Where `in-sway` starts it from. */
const portal_backend = '/usr/libexec/xdg-desktop-portal-wlr';

export interface Wish extends Size {
  readonly fps: number;
  readonly portal: boolean;
}

const needed = (portal: boolean): string[] =>
  portal ? ['sway', 'swaymsg', 'dbus-daemon', 'pipewire', 'wireplumber'] : ['sway', 'swaymsg', 'dbus-daemon'];

/** Why no headless Sway of our own can be started here, without a full stop. */
export function whyNone(portal: boolean): string | undefined {
  const missing = needed(portal).find((name) => findProgram(name) === undefined);
  if (missing !== undefined) return `${missing} is missing: install it`;
  if (process.getuid?.() === 0) return 'Sway refuses root: measure as an ordinary user';
  if (portal && !existsSync(portal_backend)) return `${portal_backend} is missing: install xdg-desktop-portal-wlr`;
  return portal && !existsSync(shim) ? `${shim} is missing. Mend it with: ${harness_repair}` : undefined;
}

/** Throws NotMeasured. */
export async function openOwn({ width, height, fps, portal }: Wish): Promise<Desktop> {
  const why = whyNone(portal);
  if (why !== undefined) throw new NotMeasured(`A headless Sway of our own cannot be started: ${why}.`);
  // It tells its variables, and ends with our end of its input.
  const inside = ['sh', '-c', 'env -0; printf "\\0"; exec cat >/dev/null'];
  const words = ['--mode', `${width}x${height}@${fps}Hz`, ...(portal ? ['--portal', shim] : []), ...inside];
  const child = spawn(in_sway, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (part: Buffer) => {
    said += part.toString();
  });
  let told = '';
  for await (const part of child.stdout) {
    told += String(part);
    if (told.endsWith('\0\0')) break;
  }
  if (!told.endsWith('\0\0')) {
    await ended;
    throw new NotMeasured(`A headless Sway does not start: ${said.trim().split('\n')[0] || 'it says nothing'}.`);
  }
  return {
    environment: Object.fromEntries(
      told
        .split('\0')
        .filter((line) => line.includes('='))
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
    own: true,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Of the Sway that `openOwn` starts. */
export const swayVersion = (): string =>
  spawnSync('sway', ['--version'], { encoding: 'utf8' }).stdout.replace('sway version', '').trim();

/** Throws NotMeasured when it does not do it. */
export function tellSway({ environment }: Desktop, command: string): void {
  const { status } = spawnSync('swaymsg', ['-q', command], { env: environment, stdio: 'ignore' });
  if (status !== 0) throw new NotMeasured(`This Sway does not do "${command}".`);
}
