// Pairing, as the person at the host sees it.

import type { Pairing } from '../gamestream/pairing.ts';
import type { ClientSummary } from '../management/schema/clients.ts';
import type { PairRequest, WaitingClient } from '../management/schema/pairing.ts';
import type { ClientsService } from './clients.ts';

export class PairingService {
  readonly #pairing: Pairing;
  readonly #clients: ClientsService;

  constructor(pairing: Pairing, clients: ClientsService) {
    this.#pairing = pairing;
    this.#clients = clients;
  }

  /** Clients that wait for a PIN, oldest first. */
  waiting(): WaitingClient[] {
    return this.#pairing.waiting();
  }

  /** Resolves once the client is paired; rejects with a PunktfunkError. */
  async pair({ pin, name, address }: PairRequest): Promise<ClientSummary> {
    return this.#clients.summary(await this.#pairing.givePin(pin, name ?? '', address));
  }

  /** The person at the host does not want the client that waits longest at `address`. */
  refuse(address: string): void {
    this.#pairing.refuse(address);
  }
}
