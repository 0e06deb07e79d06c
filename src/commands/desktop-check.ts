// The desktop that is or would be streamed, and what its absence costs.

import { existsSync } from 'node:fs';
import type { Config } from '../config/load.ts';
import { findProgram, lacking, needed_programs } from '../display/embedded.ts';
import { lookForSession } from '../display/session.ts';
import { serve_command } from '../installation.ts';
import type { Status } from '../management/schema.ts';
import { type Check, missing, note, ok } from './check.ts';
import { osRelease } from './machine-checks.ts';

type Packages = 'debian' | 'fedora' | 'ostree' | 'unknown';

/** `running`: what a host that runs says; it asks its desktop. Else what a host started now would find. */
export async function checkDesktop(
  config: Pick<Config, 'display'>,
  running: Pick<Status, 'display' | 'display_trouble'> | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Check> {
  if (config.display === 'synthetic') return ok('desktop', 'a test picture is streamed');
  if (running?.display && running.display_trouble === null) return ok('desktop', running.display);
  if (running?.display) {
    const cure = 'end what hangs there, or restart that session; the next launch then looks for a desktop again';
    return missing('desktop', `${running.display}: ${running.display_trouble}`, cure);
  }
  const session = config.display === 'embedded' ? undefined : await lookForSession(environment);
  if (session) return ok('desktop', session);
  if (config.display === 'session') {
    const cure = 'run this inside the Wayland session that is to be streamed';
    return missing('desktop', 'no Wayland session answers', cure);
  }
  const absent = Object.keys(needed_programs).filter((program) => !findProgram(program));
  if (absent.length > 0) {
    const detail = `no Wayland session, and its own desktop lacks ${absent.join(', ')}`;
    return missing('desktop', detail, install(absent, packageSystem()));
  }
  if (process.getuid?.() === 0)
    return note(
      'desktop',
      'its own desktop, which does not run as root',
      `start the host as an ordinary user: ${serve_command}`,
    );
  const detail = 'no Wayland session; the host starts its own desktop (sway)';
  const without = lacking().map((shortcoming) => shortcoming.detail);
  return without.length === 0 ? ok('desktop', detail) : note('desktop', detail, without.join(' '));
}

const fedora_names: Readonly<Record<string, string>> = {
  'dbus-daemon': 'dbus-daemon',
  pipewire: 'pipewire',
  wireplumber: 'wireplumber',
  sway: 'sway',
  setpriv: 'util-linux',
};

function install(programs: readonly string[], packages: Packages): string {
  const debian = [...new Set(programs.map((program) => needed_programs[program] ?? program))].join(' ');
  const fedora = [...new Set(programs.map((program) => fedora_names[program] ?? program))].join(' ');
  switch (packages) {
    case 'debian':
      return `sudo apt-get install --no-install-recommends ${debian}`;
    case 'fedora':
      return `sudo dnf install ${fedora}`;
    case 'ostree':
      return `use an image that has ${fedora}, or: rpm-ostree install ${fedora}`;
    default:
      return `install ${debian} (Debian's names)`;
  }
}

function packageSystem(): Packages {
  if (existsSync('/run/ostree-booted')) return 'ostree';
  const ids = `${osRelease('ID')} ${osRelease('ID_LIKE')}`;
  if (/\bdebian\b/.test(ids)) return 'debian';
  return /\b(fedora|rhel)\b/.test(ids) ? 'fedora' : 'unknown';
}
