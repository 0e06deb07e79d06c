// Which names the console answers to, and which pages may speak to it. A foreign name that resolves to this machine (DNS rebinding) is
// refused by its Host header, a foreign page by its Origin.

import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { PunktfunkError } from '../errors.ts';

/** A name that an address cannot be: an attacker's page has a name of its own, so any address is the machine's or does not arrive. */
const isOwnName = (name: string, own: string): boolean =>
  isIP(name) !== 0 || [own, `${own}.local`, 'localhost'].includes(name);

/** Throws HOST_NAME_REFUSED. */
export function requireOwnName({ host = '' }: IncomingHttpHeaders, port: number, own = hostname().toLowerCase()): void {
  const [, name = '', given = '443'] = /^\[?([^[\]/@]*?)\]?(?::(\d{1,5}))?$/.exec(host.toLowerCase()) ?? [];
  if (!isOwnName(name, own) || Number(given) !== port)
    throw new PunktfunkError('HOST_NAME_REFUSED', { name: JSON.stringify(host.slice(0, 64)) });
}

/**
 * What is asked of the API, only our own pages ask. Of a page itself that is not asked: anybody may lead here, and it has nothing in it
 * before it asks. Throws FOREIGN_PAGE.
 */
export function requireOwnPage({ host = '', origin, 'sec-fetch-site': site }: IncomingHttpHeaders): void {
  const foreign = origin !== undefined && origin.toLowerCase() !== `https://${host.toLowerCase()}`;
  if (foreign || site === 'cross-site' || site === 'same-site') throw new PunktfunkError('FOREIGN_PAGE');
}
