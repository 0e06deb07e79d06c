// Why an engine ended by itself.

import { type Static, words } from './schema.ts';

export const Ending = words('Ending', [
  'client_quit',
  'client_timeout',
  'connect_timeout',
  /** The host asked for it, or somebody by SIGTERM; the client was told of a graceful end. */
  'stopped',
  /** A fatal problem came before it. */
  'failed',
]);
export type Ending = Static<typeof Ending>;
