// Which compositor is the user's session, and which of Sway's control sockets belongs to it.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { WaylandConnection } from './wayland-connection.ts';

export interface Found {
  wayland_display: string;
  path: string;
  connection: WaylandConnection;
}

/** The compositor that answers in XDG_RUNTIME_DIR: the one that WAYLAND_DISPLAY names, else the first; its connection is the caller's. */
export async function findCompositor(environment: NodeJS.ProcessEnv): Promise<Found | undefined> {
  const { XDG_RUNTIME_DIR: runtime_dir, WAYLAND_DISPLAY: named } = environment;
  if (!runtime_dir) return undefined;
  // A session that was started again may have taken another name than the one that our environment remembers.
  const candidates = new Set([...(named ? [named] : []), ...list(runtime_dir, /^wayland-\d+$/)]);
  for (const wayland_display of candidates) {
    const path = isAbsolute(wayland_display) ? wayland_display : join(runtime_dir, wayland_display);
    try {
      return { wayland_display, path, connection: await WaylandConnection.open(path) };
    } catch {
      // a socket that a dead compositor left behind
    }
  }
  return undefined;
}

/** Control sockets that may be of the Sway that listens at `wayland_path`, the likeliest first. */
export function swaySockets(environment: NodeJS.ProcessEnv, wayland_path: string): string[] {
  const { XDG_RUNTIME_DIR: runtime_dir = '', SWAYSOCK: named } = environment;
  const inode = listeningInode(wayland_path);
  const found = list(runtime_dir, /^sway-ipc\.\d+\.\d+\.sock$/).filter((name) => {
    const [, , pid = ''] = name.split('.');
    return inode === undefined || holds(pid, inode) !== false;
  });
  const paths = found.map((name) => join(runtime_dir, name));
  if (!named || paths.includes(named)) return paths;
  const [, pid] = /sway-ipc\.\d+\.(\d+)\.sock$/.exec(named) ?? [];
  const of_another = pid !== undefined && inode !== undefined && holds(pid, inode) === false;
  return of_another ? paths : [named, ...paths];
}

/** The inode of the socket that listens at the path, as proc(5) tells in /proc/net/unix. */
function listeningInode(path: string): string | undefined {
  try {
    const line = readFileSync('/proc/net/unix', 'utf8')
      .split('\n')
      .find((candidate) => candidate.endsWith(` ${path}`) && candidate.split(/\s+/)[3] === '00010000');
    return line?.split(/\s+/)[6];
  } catch {
    return undefined;
  }
}

/** Whether the process has this socket open; undefined when it does not let us look. A process that is gone has none. */
function holds(pid: string, inode: string): boolean | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`;
      } catch {
        return false; // closed meanwhile
      }
    });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? false : undefined;
  }
}

function list(directory: string, pattern: RegExp): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => pattern.test(name))
      .sort();
  } catch {
    return [];
  }
}
