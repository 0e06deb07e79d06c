// How a stream ends: why an engine ended by itself, and what its client hears when the host ends it.

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

export const Farewell = words('Farewell', [
  /** Nothing: the client knows, or is not there. */
  'none',
  'graceful',
  /** Something went wrong at this end. */
  'failed',
]);
export type Farewell = Static<typeof Farewell>;
