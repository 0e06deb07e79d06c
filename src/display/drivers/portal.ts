// Any other compositor: its user is asked through the desktop portal, once; the grant is kept.

import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf } from '../../errors.ts';
import { writeFileAtomically } from '../../files.ts';
import { readPlainFile } from '../../plain-file.ts';
import type { WaylandConnection } from '../wayland-connection.ts';
import { type Driver, own_mode } from './driver.ts';
import { wlrootsTargets } from './wlroots.ts';

const max_token_length = 1024;

export interface PortalOptions {
  wayland_display: string;
  connection: WaylandConnection;
  /** For people: KDE, GNOME. */
  desktop: string;
  data_dir: string;
}

export function portalDriver({ wayland_display, connection, desktop, data_dir }: PortalOptions): Driver {
  const grant_file = join(data_dir, 'portal-grant');
  let restore_token = '';
  try {
    restore_token = readPlainFile(grant_file, { max_bytes: max_token_length + 1 })
      .toString()
      .trim();
  } catch {
    // none yet: the desktop asks its user once
  }
  const { input } = wlrootsTargets(wayland_display, '', connection);
  return {
    description: `${desktop}, through the desktop portal`,
    capabilities: { exact_mode: false, max_outputs: 1 },
    video: { kind: 'portal', restore_token: '' },
    environment: {},
    gone: connection.closed,
    open: async () => ({
      description: desktop,
      video: { kind: 'portal', restore_token },
      input,
      shortcomings: [own_mode],
      keepGrant: (token) => {
        restore_token = token;
        writeFileAtomically(grant_file, `${token}\n`);
        chmodSync(grant_file, 0o600);
      },
      release: async () => {}, // the engine keeps it awake, through the portal (native/engine/capture/portal_session.h)
    }),
    ask: () => connection.ping().then(() => undefined, reasonOf),
    isThere: async () => true,
    close: () => connection.close(),
  };
}
