// What this host is.

import { arch, release } from 'node:os';
import { outsideAddresses } from '../addresses.ts';
import type { Config } from '../config/load.ts';
import { version } from '../config/paths.ts';
import { shownName } from '../config/schema.ts';
import { osRelease } from '../doctor/machine-checks.ts';
import { install_kind } from '../installation.ts';
import type { HostFacts } from '../management/schema/host.ts';
import type { Ports } from '../ports.ts';
import type { Identity } from '../trust/identity.ts';

export interface HostParts {
  config: Config;
  ports: Ports;
  identity: Identity;
}

export const hostFacts = ({ config, ports, identity }: HostParts): HostFacts => ({
  name: shownName(config),
  version,
  install_kind,
  system: osRelease('PRETTY_NAME') || 'an unnamed system',
  kernel: release(),
  architecture: arch(),
  node: process.versions.node,
  data_dir: config.data_dir,
  addresses: outsideAddresses(config.bind),
  ports: { ...ports },
  certificate_sha256: identity.certificate.fingerprint256,
});
