// The paired clients: one list, one file, written atomically. A client is its certificate's exact fingerprint; being on this list is the
// only thing that authorises a request, and it is looked up on every request.

import { randomBytes, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { PunktfunkError } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import { fingerprintOf } from './certificate.ts';
import { damagedFile, data_version, readDataFile } from './data-file.ts';

const max_clients = 256;
export const max_client_name_length = 64;

const ClientRecord = Type.Object(
  {
    /** Short name for the command line; never changes. */
    id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
    name: Type.String({ minLength: 1, maxLength: max_client_name_length }),
    certificate_pem: Type.String({ maxLength: 16_384 }),
    paired_at: Type.String({ maxLength: 32 }),
  },
  { additionalProperties: false },
);
const ClientsFile = Type.Object(
  { version: Type.Literal(data_version), clients: Type.Array(ClientRecord, { maxItems: max_clients }) },
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
    const parsed = readDataFile(store.#path, ClientsFile, 'a list of clients');
    if (parsed === undefined) return store;
    for (const record of parsed.clients) {
      try {
        const fingerprint = fingerprintOf(new X509Certificate(record.certificate_pem).raw);
        store.#clients.set(fingerprint, { ...record, fingerprint });
      } catch {
        throw damagedFile(store.#path, `the certificate of client ${record.id} cannot be read`);
      }
    }
    return store;
  }

  list(): Client[] {
    return [...this.#clients.values()];
  }

  /** The paired client with exactly this certificate (DER), if any. */
  find(certificate: Uint8Array): Client | undefined {
    return this.#clients.get(fingerprintOf(certificate));
  }

  has(fingerprint: string): boolean {
    return this.#clients.has(fingerprint);
  }

  /** Adds a client. Pairing again with the same certificate keeps the id and takes the new name. */
  add(certificate: X509Certificate, name: string): Client {
    const fingerprint = fingerprintOf(certificate.raw);
    const known = this.#clients.get(fingerprint);
    if (!known && this.#clients.size >= max_clients) {
      throw new PunktfunkError('DATA_NOT_WRITTEN', {
        file: this.#path,
        reason: `it already holds ${max_clients} clients`,
      });
    }
    const client: Client = {
      id: known?.id ?? this.#freshId(),
      name,
      certificate_pem: certificate.toString(),
      paired_at: new Date().toISOString(),
      fingerprint,
    };
    this.#save(new Map(this.#clients).set(fingerprint, client));
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
    writeFileAtomically(this.#path, `${JSON.stringify({ version: data_version, clients: records }, null, 2)}\n`);
    this.#clients = clients;
  }

  #freshId(): string {
    for (;;) {
      const id = randomBytes(4).toString('hex');
      if (!this.list().some((client) => client.id === id)) return id;
    }
  }
}
