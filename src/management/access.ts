// Who may use which route. Each route says what it needs; nobody else decides.

import { PunktfunkError } from '../errors.ts';
import type { Caller } from '../service/access.ts';

/**
 * What a route needs, from least to most: nothing; to look; to run what is there (stop a stream); to change whom the host trusts and what
 * it does; and, for what names commands or secrets, the password within the last 10 minutes.
 */
export const access_levels = ['open', 'read', 'operate', 'admin', 'admin_recent'] as const;
export type Access = (typeof access_levels)[number];

/** Throws SIGN_IN_NEEDED, ACCESS_DENIED, PASSWORD_NEEDED. */
export function requireAccess(access: Access, caller: Caller | undefined): void {
  if (access === 'open') return;
  if (!caller) throw new PunktfunkError('SIGN_IN_NEEDED');
  const scope = access === 'admin_recent' ? 'admin' : access;
  if (access_levels.indexOf(caller.scope) < access_levels.indexOf(scope))
    throw new PunktfunkError('ACCESS_DENIED', { needed: scope, scope: caller.scope });
  if (access === 'admin_recent' && !caller.recent) throw new PunktfunkError('PASSWORD_NEEDED');
}
