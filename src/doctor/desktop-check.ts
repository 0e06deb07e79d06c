// The desktop that is or would be streamed, and what its absence costs.

import { existsSync } from 'node:fs';
import type { Config } from '../config/load.ts';
import type { DisplayKind } from '../display/display.ts';
import { lacking, missingPrograms, packagesOf } from '../display/embedded-programs.ts';
import { lookForSession } from '../display/found.ts';
import { problemReport } from '../errors.ts';
import { serve_command } from '../installation.ts';
import { type Check, missing, note, ok } from './check.ts';
import { osRelease } from './machine-checks.ts';

/** What a host that runs says of itself: its process, and its desktop, which it asks. */
export interface RunningHost {
  pid: number;
  display: string | null;
  display_kind: DisplayKind | null;
  display_trouble: string | null;
}

type PackageSystem = 'debian' | 'fedora' | 'ostree' | 'unknown';

/**
 * The desktop that is or would be streamed. `running`: what a host that runs says; it asks its desktop. Else what a host started now would
 * find.
 */
export async function checkDesktop(
  config: Pick<Config, 'display'>,
  running: Pick<RunningHost, 'display' | 'display_kind' | 'display_trouble'> | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<{ kind: DisplayKind; check: Check }> {
  if (config.display === 'synthetic') return { kind: 'synthetic', check: ok('desktop', 'a test picture is streamed') };
  if (running?.display && running.display_kind)
    return { kind: running.display_kind, check: answer(running.display, running.display_trouble) };
  const session = config.display === 'embedded' ? undefined : await lookForSession(environment);
  if (session) return { kind: 'session', check: ok('desktop', session) };
  if (config.display === 'session') {
    const cure = 'run this inside the Wayland session that is to be streamed';
    return { kind: 'session', check: missing('desktop', 'no Wayland session answers', cure) };
  }
  return { kind: 'embedded', check: checkEmbedded(environment.PATH) };
}

function answer(desktop: string, trouble: string | null): Check {
  if (trouble === null) return ok('desktop', desktop);
  const cure = 'end what hangs there, or restart that session; the next launch then looks for a desktop again';
  return missing('desktop', `${desktop}: ${trouble}`, cure);
}

function checkEmbedded(path: string | undefined): Check {
  const absent = missingPrograms(path);
  if (absent.length > 0) {
    const detail = `no Wayland session, and its own desktop lacks ${absent.join(', ')}`;
    return missing('desktop', detail, install(packagesOf(absent), packageSystem()));
  }
  if (process.getuid?.() === 0) {
    const cure = `start the host as an ordinary user: ${serve_command}`;
    return note('desktop', 'its own desktop, which does not run as root', cure);
  }
  const detail = 'no Wayland session; the host starts its own desktop (sway)';
  const without = lacking(path).map((one) => problemReport(one).advice);
  return without.length === 0 ? ok('desktop', detail) : note('desktop', detail, without.join(' '));
}

function install(packages: string, system: PackageSystem): string {
  switch (system) {
    case 'debian':
      return `sudo apt-get install --no-install-recommends ${packages}`;
    case 'fedora':
      return `sudo dnf install ${packages}`;
    case 'ostree':
      return `use an image that has ${packages}, or: rpm-ostree install ${packages}`;
    case 'unknown':
      return `install ${packages} (Debian's names)`;
  }
}

function packageSystem(): PackageSystem {
  if (existsSync('/run/ostree-booted')) return 'ostree';
  const ids = `${osRelease('ID')} ${osRelease('ID_LIKE')}`;
  if (/\bdebian\b/.test(ids)) return 'debian';
  return /\b(fedora|rhel)\b/.test(ids) ? 'fedora' : 'unknown';
}
