// Where things are: the data directory, the socket in it, the runtime directory, the installed files.

import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { host_command, package_root, shellWord } from '../installation.ts';

/** Path of the socket on which the host of this data directory answers commands. */
export const socketPath = (data_dir: string): string => join(data_dir, 'host.sock');

// sun_path holds 108 bytes with its terminator (unix(7)).
const max_socket_path_bytes = 107;

/**
 * The data directory when none is named: PUNKTFUNK_DATA_DIR, else a service's place for root and the user's own otherwise. Throws
 * DATA_DIR_UNNAMED for a user without a home.
 */
export function defaultDataDir(environment: NodeJS.ProcessEnv): string {
  if (environment.PUNKTFUNK_DATA_DIR) return environment.PUNKTFUNK_DATA_DIR;
  if (process.getuid?.() === 0) return '/var/lib/punktfunk';
  const base = userDir(environment.XDG_DATA_HOME, '.local/share');
  if (base === undefined) throw new PunktfunkError('DATA_DIR_UNNAMED', { user: userName() });
  return join(base, 'punktfunk');
}

/** A command to the host of this data directory, as it can be typed in any folder: a directory that was named is named again. */
export function hostCommand(data_dir: string, words: string): string {
  const command = `${host_command} ${words}`;
  try {
    if (data_dir === resolve(defaultDataDir(process.env))) return command;
  } catch {
    // A user without a home: it must have been named.
  }
  return `${command} --data-dir ${shellWord(data_dir)}`;
}

/** A base directory of the XDG specification; undefined for a user without a home (a uid without a passwd entry, and no HOME). */
function userDir(named: string | undefined, in_home: string): string | undefined {
  if (named?.startsWith('/')) return named;
  try {
    return join(homedir(), in_home);
  } catch {
    return undefined;
  }
}

/** Makes the data directory when it is missing (mode 0700) and proves that it can be read and written. */
export function prepareDataDir(path: string): void {
  const unusable = (reason: string) => new PunktfunkError('DATA_DIR_UNUSABLE', { path, reason, user: userName() });
  if (Buffer.byteLength(socketPath(path)) > max_socket_path_bytes) {
    throw unusable(`its path is too long (at most ${max_socket_path_bytes - '/host.sock'.length} bytes)`);
  }
  try {
    makeDirectories(path);
    if (!statSync(path).isDirectory()) throw unusable('it is not a directory');
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    refuseExposed(path);
  } catch (error) {
    if (error instanceof PunktfunkError) throw error;
    throw unusable(reasonOf(error));
  }
}

/** Proves by trying that the data directory can be used, or made, and leaves everything as it was. Throws DATA_DIR_UNUSABLE. */
export function proveDataDir(path: string): void {
  if (existsSync(path)) prepareDataDir(path);
  let nearest = path;
  while (!existsSync(nearest)) nearest = dirname(nearest);
  try {
    const probe = mkdtempSync(join(nearest, '.punktfunk-probe-'));
    try {
      writeFileSync(join(probe, 'probe'), Buffer.alloc(4096));
    } finally {
      rmSync(probe, { recursive: true, force: true });
    }
  } catch (error) {
    const reason = nearest === path ? reasonOf(error) : `${reasonOf(error)} in ${nearest}`;
    throw new PunktfunkError('DATA_DIR_UNUSABLE', { path, reason, user: userName() });
  }
}

/**
 * As sshd does with what it trusts (StrictModes, sshd_config(5)): config.json and undo.json name commands, identity.json holds the key, so
 * neither they nor their directory may be in other users' hands. Refused and not put right: what others could do may have been done.
 */
function refuseExposed(directory: string): void {
  const own_uid = process.getuid?.() ?? 0;
  // Where each user has a group of the same number, umask 002 is usual and the group is nobody else.
  const own_group = process.getgid?.() === own_uid ? own_uid : undefined;
  const look = (path: string, secret: boolean) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) return;
    const exposed = (exposure: string, mend: string) =>
      new PunktfunkError('DATA_EXPOSED', { path, exposure, mend: `${mend} ${path}` });
    if (found.uid !== own_uid && found.uid !== 0)
      throw exposed(`belongs to another user (uid ${found.uid})`, `chown ${own_uid}`);
    if (found.mode & (found.gid === own_group ? 0o002 : 0o022))
      throw exposed('can be changed by other users', 'chmod go-w');
    if (secret && found.mode & 0o044) throw exposed('can be read by other users', 'chmod go-rwx');
  };
  look(directory, false);
  for (const name of ['config.json', 'undo.json', 'clients.json']) look(join(directory, name), false);
  for (const name of ['identity.json', 'console.json']) look(join(directory, name), true);
}

/** Like mkdir -p; Node's own `recursive` never returns below directories that refuse entries with ENOENT, such as /proc. */
function makeDirectories(path: string): void {
  if (existsSync(path)) return;
  makeDirectories(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/**
 * A private directory (0700) for this run's sockets and checkpoints; removed by the function that comes with it. Throws
 * RUNTIME_DIR_UNWRITABLE.
 */
export function makeRuntimeDir(environment: NodeJS.ProcessEnv): { path: string; remove: () => void } {
  const base = usable(environment.XDG_RUNTIME_DIR) ?? tmpdir();
  let path: string;
  try {
    removeStale(base);
    path = mkdtempSync(join(base, `punktfunk-${process.pid}-`));
    chmodSync(path, 0o700);
  } catch (error) {
    throw new PunktfunkError('RUNTIME_DIR_UNWRITABLE', { path: base, reason: reasonOf(error) }, { cause: error });
  }
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Directories of hosts that were killed: their process is gone and they are ours. */
function removeStale(base: string): void {
  for (const name of readdirSync(base)) {
    const pid = /^punktfunk-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    const path = join(base, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.())
      rmSync(path, { recursive: true, force: true });
  }
}

function usable(path: string | undefined): string | undefined {
  if (!path?.startsWith('/')) return undefined;
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown'); // a uid without a passwd entry
  }
}

/** The version of this build, as package.json says. */
export const version: string = (
  JSON.parse(readFileSync(join(package_root, 'package.json'), 'utf8')) as { version: string }
).version;

/**
 * Compiled code that makes the next start quicker and leaner; may be deleted at any time. In the user's own place: it is executed.
 * Undefined where there is no such place.
 */
export const cache_dir: string | undefined = (() => {
  const base = userDir(process.env.XDG_CACHE_HOME, '.cache');
  if (base === undefined || !existsSync(dirname(base))) return undefined; // a home that is not there is not made for this
  try {
    const path = join(base, 'punktfunk');
    makeDirectories(path);
    return path;
  } catch {
    return undefined;
  }
})();
