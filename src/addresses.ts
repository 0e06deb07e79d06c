// This machine's IPv4 addresses, as they are now: networks come and go while a host runs.

import { networkInterfaces } from 'node:os';

/** Those that other machines can reach; `bind` limits them to one, unless it is 0.0.0.0. */
export function outsideAddresses(bind = '0.0.0.0'): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(
      ({ family, internal, address }) => family === 'IPv4' && !internal && (bind === '0.0.0.0' || bind === address),
    )
    .map(({ address }) => address);
}

/** Those that clients can use; loopback only when there is nothing else. */
export function usableAddresses(bind: string): string[] {
  const outside = outsideAddresses(bind);
  if (outside.length > 0) return outside;
  return [bind === '0.0.0.0' ? '127.0.0.1' : bind];
}
