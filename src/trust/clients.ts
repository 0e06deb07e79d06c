// The paired clients: one list, one file, written atomically. A client is its certificate's exact fingerprint; being on this list is the
// only thing that authorises a request, and it is looked up on every request.

import { randomBytes, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { PunktfunkError } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import { fingerprintOf } from './certificate.ts';
import { damagedFile, Moment, pairings_lost, readDataFile } from './data-file.ts';

/**
 * 2 has rights and an end. A list without either is written as 1 yet: an older host, after a rollback, opens it. One that would not know
 * that a client may do less refuses it.
 */
const versions = { plain: 1, limited: 2 } as const;

const max_clients = 256;
const max_client_name_length = 64;
/** As a person gives it; it goes to terminals and logs. */
export const ClientName = Type.String({
  minLength: 1,
  maxLength: max_client_name_length,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
});

/** What a client may do besides seeing and hearing the desktop. */
export const Rights = Type.Object(
  {
    /** Keys, buttons, movements. */
    input: Type.Boolean(),
    /** Starting and quitting programs. */
    launch: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type Rights = Static<typeof Rights>;

export const all_rights: Rights = { input: true, launch: true };

const ClientRecord = Type.Object(
  {
    /** Short name for the command line; never changes. */
    id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
    name: Type.String({ minLength: 1, maxLength: max_client_name_length }),
    certificate_pem: Type.String({ maxLength: 16_384 }),
    paired_at: Type.String({ maxLength: 32 }),
    /** Missing: all. */
    rights: Type.Optional(Rights),
    /** ISO 8601: from then on it is as if it were not paired. Missing: never. */
    expires_at: Type.Optional(Moment),
  },
  { additionalProperties: false },
);
const ClientsFile = Type.Object(
  { version: Type.Enum(Object.values(versions)), clients: Type.Array(ClientRecord, { maxItems: max_clients }) },
  { additionalProperties: false },
);
type ClientRecord = Static<typeof ClientRecord>;

export interface Client extends Readonly<ClientRecord> {
  /** SHA-256 of the certificate's DER, lower-case hex. */
  readonly fingerprint: string;
}

export class ClientStore {
  readonly #path: string;
  #clients = new Map<string, Client>();

  private constructor(path: string) {
    this.#path = path;
  }

  /** Opens the list kept in `dataDir`; a missing file is an empty list. Throws DATA_DAMAGED for a file that is not whole. */
  static open(data_dir: string): ClientStore {
    const store = new ClientStore(join(data_dir, 'clients.json'));
    const parsed = readDataFile(store.#path, ClientsFile, 'a list of clients', {
      newest: versions.limited,
      consequence: pairings_lost,
    });
    if (parsed === undefined) return store;
    for (const record of parsed.clients) {
      try {
        const fingerprint = fingerprintOf(new X509Certificate(record.certificate_pem).raw);
        store.#clients.set(fingerprint, { ...record, fingerprint });
      } catch {
        throw damagedFile(store.#path, `the certificate of client ${record.id} cannot be read`, pairings_lost);
      }
    }
    return store;
  }

  list(): Client[] {
    return [...this.#clients.values()];
  }

  /** The paired client with exactly this certificate (DER), if any, and if its time is not over. */
  find(certificate: Uint8Array): Client | undefined {
    return this.#valid(fingerprintOf(certificate));
  }

  has(fingerprint: string): boolean {
    return this.#valid(fingerprint) !== undefined;
  }

  /** None for one that is not paired. */
  rightsOf(fingerprint: string): Rights {
    const client = this.#valid(fingerprint);
    return client ? (client.rights ?? all_rights) : { input: false, launch: false };
  }

  #valid(fingerprint: string): Client | undefined {
    const client = this.#clients.get(fingerprint);
    return client?.expires_at === undefined || Date.now() < Date.parse(client.expires_at) ? client : undefined;
  }

  /** Adds a client. Pairing again with the same certificate keeps the id and the rights, and takes the new name and no end. */
  add(certificate: X509Certificate, name: string): Client {
    const fingerprint = fingerprintOf(certificate.raw);
    const known = this.#clients.get(fingerprint);
    if (!known && this.#clients.size >= max_clients) {
      throw new PunktfunkError('FULL', { file: this.#path, count: max_clients, what: 'clients' });
    }
    const client: Client = {
      id: known?.id ?? this.#freshId(),
      name,
      certificate_pem: certificate.toString(),
      paired_at: new Date().toISOString(),
      ...(known?.rights && { rights: known.rights }),
      fingerprint,
    };
    this.#save(new Map(this.#clients).set(fingerprint, client));
    return client;
  }

  /** Changes what is named; expires_at null: never. Throws CLIENT_UNKNOWN, DATA_NOT_WRITTEN. */
  change(id: string, edit: { name?: string; rights?: Rights; expires_at?: string | null }): Client {
    const known = this.list().find((candidate) => candidate.id === id);
    if (!known) throw new PunktfunkError('CLIENT_UNKNOWN', { id });
    const { rights = all_rights, expires_at = null, ...rest } = { ...known, ...edit };
    const client: Client = {
      ...rest,
      ...(rights.input && rights.launch ? {} : { rights }),
      ...(expires_at !== null && { expires_at }),
    };
    this.#save(new Map(this.#clients).set(known.fingerprint, client));
    return client;
  }

  /** Removes a client by its id; undefined when there is none. */
  remove(id: string): Client | undefined {
    const client = this.list().find((candidate) => candidate.id === id);
    if (!client) return undefined;
    const rest = new Map(this.#clients);
    rest.delete(client.fingerprint);
    this.#save(rest);
    return client;
  }

  /** The file first: what memory says is never ahead of what a restart would find. */
  #save(clients: Map<string, Client>): void {
    const records = [...clients.values()].map(({ fingerprint: _, ...record }) => record);
    const limited = records.some(({ rights, expires_at }) => rights ?? expires_at);
    const version = limited ? versions.limited : versions.plain;
    writeFileAtomically(this.#path, `${JSON.stringify({ version, clients: records }, null, 2)}\n`);
    this.#clients = clients;
  }

  #freshId(): string {
    for (;;) {
      const id = randomBytes(4).toString('hex');
      if (!this.list().some((client) => client.id === id)) return id;
    }
  }
}
