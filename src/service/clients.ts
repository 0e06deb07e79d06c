// The paired clients, as they can be seen and changed.

import { PunktfunkError } from '../errors.ts';
import type { HostEvents } from '../events.ts';
import type { ClientEdit, ClientSummary } from '../management/schema/clients.ts';
import type { Sessions } from '../session/sessions.ts';
import { all_rights, type Client, type ClientStore } from '../trust/clients.ts';
import type { LastSeen } from '../trust/last-seen.ts';

/** A clock that was set, or a machine that slept, is noticed within this. */
const look_again_ms = 60_000;

export interface ClientParts {
  clients: ClientStore;
  last_seen: LastSeen;
  sessions: Sessions;
  events: HostEvents;
}

export class ClientsService {
  readonly #parts: ClientParts;
  #expiry: NodeJS.Timeout | undefined;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    parts.events.subscribe((event) => {
      if (event.type !== 'session' || (event.step !== 'launched' && event.step !== 'ended')) return;
      parts.last_seen.saw(event.session.client.id);
      this.#watchExpiry();
    });
  }

  list(): ClientSummary[] {
    return this.#parts.clients.list().map((client) => this.summary(client));
  }

  /** What it may do no more ends at once, and with it its stream. Throws CLIENT_UNKNOWN, BAD_REQUEST, DATA_NOT_WRITTEN. */
  async change(id: string, edit: ClientEdit): Promise<ClientSummary> {
    const { clients, sessions, events } = this.#parts;
    const { rights = all_rights } = this.#find(id);
    const { expires_at, rights: given, ...rest } = edit;
    if (expires_at && !(Date.parse(expires_at) > Date.now()))
      throw new PunktfunkError('BAD_REQUEST', { reason: 'expires_at is in the past; unpair the client instead' });
    const changed = clients.change(id, {
      ...rest,
      ...(expires_at !== undefined && { expires_at: expires_at && new Date(expires_at).toISOString() }),
      ...(given && { rights: { ...rights, ...given } }),
    });
    const { input, launch } = changed.rights ?? all_rights;
    if ((rights.input && !input) || (rights.launch && !launch))
      await sessions.revoke(changed.fingerprint, 'what the client may do was changed');
    this.#watchExpiry();
    events.tell({ type: 'pairing', step: 'changed', client: { id, name: changed.name } });
    return this.summary(changed);
  }

  /** Removes the client and ends what it has on. */
  async unpair(id: string): Promise<ClientSummary> {
    const { clients, sessions, events, last_seen } = this.#parts;
    const client = this.#find(id);
    const was = this.summary(client);
    clients.remove(id);
    await sessions.revoke(client.fingerprint, 'the client was unpaired');
    last_seen.forget(id);
    events.tell({ type: 'pairing', step: 'unpaired', client: { id, name: client.name } });
    return was;
  }

  summary({ id, name, paired_at, fingerprint, rights = all_rights, expires_at }: Client): ClientSummary {
    const { clients, last_seen, sessions } = this.#parts;
    const streaming = sessions
      .list()
      .some(({ phase, launch }) => phase === 'streaming' && launch.client.fingerprint === fingerprint);
    return {
      id,
      name,
      paired_at,
      last_seen_at: streaming ? new Date().toISOString() : (last_seen.of(id) ?? null),
      expires_at: expires_at ?? null,
      expired: !clients.has(fingerprint),
      rights: { ...rights },
      fingerprint,
      streaming,
    };
  }

  #find(id: string): Client {
    const client = this.#parts.clients.list().find((candidate) => candidate.id === id);
    if (!client) throw new PunktfunkError('CLIENT_UNKNOWN', { id });
    return client;
  }

  /** Each request asks whether a client's time is over; its stream asks nobody, and is looked at while there is one. */
  #watchExpiry(): void {
    const { clients, sessions } = this.#parts;
    clearTimeout(this.#expiry);
    const live = sessions.list().filter(({ phase }) => phase !== 'ended');
    const on = new Set(live.map(({ launch }) => launch.client.fingerprint));
    const due = clients.list().filter(({ fingerprint, expires_at }) => expires_at && on.has(fingerprint));
    if (due.length === 0) return;
    const nearest_ms = Math.min(...due.map(({ expires_at }) => Date.parse(expires_at ?? '') - Date.now()));
    this.#expiry = setTimeout(
      () => {
        for (const { fingerprint } of due)
          if (!clients.has(fingerprint)) void sessions.revoke(fingerprint, "the client's time is over");
        this.#watchExpiry();
      },
      Math.min(Math.max(nearest_ms, 0) + 1, look_again_ms),
    ).unref();
  }
}
