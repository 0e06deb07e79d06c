// What can be asked of a running host and done with it: by the commands and the local API, whatever door they come through.

import { PunktfunkError } from '../errors.ts';
import type { HostEvents, HostListener } from '../events.ts';
import type { Pairing } from '../gamestream/pairing.ts';
import type { ClientSummary, PairRequest, Status } from '../management/schema.ts';
import type { ManagementActions } from '../management/server.ts';
import type { Client } from '../trust/clients.ts';
import { type StatusParts, statusOf } from './status.ts';

export interface ServiceParts extends StatusParts {
  pairing: Pairing;
  events: HostEvents;
}

export class HostService implements ManagementActions {
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /** Hears what happens from now on. Returns what ends it. */
  subscribe(listener: HostListener): () => void {
    return this.#parts.events.subscribe(listener);
  }

  status(): Promise<Status> {
    return statusOf(this.#parts);
  }

  clients(): ClientSummary[] {
    return this.#parts.clients.list().map((client) => this.#summary(client));
  }

  /** Clients that wait for a PIN, oldest first. */
  waiting(): { address: string; waiting_s: number }[] {
    return this.#parts.pairing.waiting();
  }

  async pair({ pin, name, address }: PairRequest): Promise<ClientSummary> {
    return this.#summary(await this.#parts.pairing.givePin(pin, name ?? '', address));
  }

  /** The person at the host does not want the client that waits longest at `address`. */
  refuse(address: string): void {
    this.#parts.pairing.refuse(address);
  }

  /** Removes the client and ends what it has on. */
  async unpair(id: string): Promise<ClientSummary> {
    const { clients, sessions, events } = this.#parts;
    const client = clients.list().find((candidate) => candidate.id === id);
    if (!client) throw new PunktfunkError('CLIENT_UNKNOWN', { id });
    const was = this.#summary(client);
    clients.remove(id);
    await sessions.revoke(client.fingerprint);
    events.tell({ type: 'pairing', step: 'unpaired', client: { id, name: client.name } });
    return was;
  }

  #summary({ id, name, paired_at, fingerprint }: Client): ClientSummary {
    const streaming = this.#parts.sessions
      .list()
      .some(({ phase, launch }) => phase === 'streaming' && launch.client.fingerprint === fingerprint);
    return { id, name, paired_at, fingerprint, streaming };
  }
}
