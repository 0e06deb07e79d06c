// Where browsers find the console, and how the person at the machine gets in.

import { usableAddresses } from '../addresses.ts';
import type { Config } from '../config/load.ts';
import { PunktfunkError } from '../errors.ts';
import type { ConsoleState } from '../management/schema/access.ts';
import type { Ports } from '../ports.ts';
import type { Identity } from '../trust/identity.ts';
import type { AccessService } from './access.ts';

interface ConsoleParts {
  config: Config;
  ports: Ports;
  identity: Identity;
}

/** The address to listen on; undefined: nobody reaches the console. */
export const consoleBind = ({ console, bind }: Pick<Config, 'console' | 'bind'>): string | undefined =>
  console === 'off' ? undefined : console === 'local' ? '127.0.0.1' : bind;

/** None: it is switched off. */
export function consoleAddresses({ config, ports }: Pick<ConsoleParts, 'config' | 'ports'>): string[] {
  const bind = consoleBind(config);
  return bind === undefined ? [] : usableAddresses(bind).map((address) => `https://${address}:${ports.console}`);
}

export function consoleState({ config, ports, identity }: ConsoleParts, access: AccessService): ConsoleState {
  return {
    addresses: consoleAddresses({ config, ports }),
    fingerprint: identity.certificate.fingerprint256,
    set_up_code: access.set_up_code,
    first_visit_s: access.firstVisit('127.0.0.1'),
  };
}

/** For a browser on this machine. The secret is after the #, which no browser sends anywhere. Throws CONSOLE_OFF. */
export function consoleLink(parts: ConsoleParts, access: AccessService): { url: string; expires_s: number } {
  const bind = consoleBind(parts.config);
  if (bind === undefined) throw new PunktfunkError('CONSOLE_OFF');
  const { secret, expires_s } = access.makeLink();
  const address = bind === '0.0.0.0' ? '127.0.0.1' : bind;
  return { url: `https://${address}:${parts.ports.console}/sign-in#${secret}`, expires_s };
}
