// What a running host says of itself.

import { usableAddresses } from '../addresses.ts';
import type { Config } from '../config/load.ts';
import { version } from '../config/paths.ts';
import { shownName } from '../config/schema.ts';
import type { Pairing } from '../gamestream/pairing.ts';
import type { Strangers } from '../gamestream/strangers.ts';
import type { Status } from '../management/schema/status.ts';
import type { Ports } from '../ports.ts';
import type { Sessions } from '../session/sessions.ts';
import type { ClientStore } from '../trust/clients.ts';
import type { Identity } from '../trust/identity.ts';
import { consoleAddresses } from './console.ts';

export interface StatusParts {
  config: Config;
  ports: Ports;
  identity: Identity;
  clients: ClientStore;
  pairing: Pairing;
  sessions: Sessions;
  strangers: Strangers;
  /** The network is told of this host, and answers with it. */
  isAnnounced: () => boolean;
}

export async function statusOf({
  config,
  ports,
  identity,
  clients,
  pairing,
  sessions,
  strangers,
  isAnnounced,
}: StatusParts): Promise<Status> {
  const display = await sessions.describeDisplay();
  return {
    version,
    pid: process.pid,
    name: shownName(config),
    uptime_s: Math.round(process.uptime()),
    memory_mb: Math.round(process.memoryUsage.rss() / 1e6),
    addresses: usableAddresses(config.bind),
    ports,
    console_addresses: consoleAddresses({ config, ports }),
    certificate_sha256: identity.certificate.fingerprint256,
    display: display?.description ?? null,
    display_kind: display?.kind ?? null,
    display_trouble: display?.trouble ?? null,
    announced: isAnnounced(),
    apps: sessions.apps().map(({ app: { id, title }, owner, watched }) => ({
      id,
      title,
      client: { id: owner.id, name: owner.name },
      watched,
    })),
    sessions: sessions.list().map((session) => session.describe()),
    waiting_to_pair: pairing.waiting(),
    paired_clients: clients.list().length,
    strangers: { ...strangers.counts },
  };
}
