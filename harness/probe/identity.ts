// The probe's own identity: an RSA-2048 key and a self-signed certificate, as stock clients make at their first start
// (docs/gamestream.md, 3.1), and the certificates of the hosts it is paired with. Both live in one data directory.

import { createPrivateKey, createSign, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as der from './der.ts';
import { ProbeError } from './errors.ts';

const common_name = 'NVIDIA GameStream Client';
const validity_years = 20;
const sha256_with_rsa = '1.2.840.113549.1.1.11';
const oid_common_name = '2.5.4.3';

export interface ClientIdentity {
  readonly key_pem: string;
  readonly cert_pem: string;
}

export function generateIdentity(now: Date = new Date()): ClientIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const until = new Date(now);
  until.setUTCFullYear(until.getUTCFullYear() + validity_years);
  const name = der.sequence(der.set(der.sequence(der.oid(oid_common_name), der.utf8String(common_name))));
  const algorithm = der.sequence(der.oid(sha256_with_rsa), der.nothing());
  const to_be_signed = der.sequence(
    der.explicit0(der.smallInteger(2)), // version 3
    der.smallInteger(0),
    algorithm,
    name,
    der.sequence(der.time(now), der.time(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = createSign('sha256').update(to_be_signed).sign(privateKey);
  const certificate = new X509Certificate(der.sequence(to_be_signed, algorithm, der.bitString(signature)));
  return {
    key_pem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert_pem: certificate.toString(),
  };
}

export interface KnownHost {
  readonly name: string;
  readonly cert_pem: string;
}

export function defaultDataDir(): string {
  const base = process.env.XDG_DATA_HOME;
  if (base) return join(base, 'punktfunk-probe');
  try {
    return join(homedir(), '.local', 'share', 'punktfunk-probe');
  } catch {
    throw new ProbeError(
      'usage',
      'this user has no home directory to keep an identity in; give a place with --data-dir',
    );
  }
}

// One directory: client-key.pem (0600), client-cert.pem, hosts.json (host uniqueid → name and pinned certificate).
export class ProbeStore {
  readonly identity: ClientIdentity;
  private readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
    try {
      mkdirSync(dir, { recursive: true, mode: 0o700 });
      this.identity = this.loadOrMakeIdentity();
    } catch (error) {
      if (error instanceof ProbeError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new ProbeError('usage', `the data directory ${dir} cannot be used (${why}); give another with --data-dir`);
    }
  }

  host(unique_id: string): KnownHost | undefined {
    const hosts = this.hosts();
    return Object.hasOwn(hosts, unique_id) ? hosts[unique_id] : undefined;
  }

  remember(unique_id: string, host: KnownHost): void {
    this.writeHosts({ ...this.hosts(), [unique_id]: host });
  }

  forget(unique_id: string): void {
    const { [unique_id]: _gone, ...others } = this.hosts();
    this.writeHosts(others);
  }

  private loadOrMakeIdentity(): ClientIdentity {
    const key_file = join(this.dir, 'client-key.pem');
    const cert_file = join(this.dir, 'client-cert.pem');
    if (!existsSync(key_file) || !existsSync(cert_file)) {
      const made = generateIdentity();
      this.write(key_file, made.key_pem, 0o600);
      this.write(cert_file, made.cert_pem, 0o644);
      return made;
    }
    const loaded = { key_pem: readFileSync(key_file, 'utf8'), cert_pem: readFileSync(cert_file, 'utf8') };
    const matches = new X509Certificate(loaded.cert_pem).checkPrivateKey(createPrivateKey(loaded.key_pem));
    if (!matches) {
      throw new ProbeError(
        'usage',
        `client-key.pem and client-cert.pem in ${this.dir} do not belong together; delete both`,
      );
    }
    return loaded;
  }

  private hosts(): Record<string, KnownHost> {
    const file = join(this.dir, 'hosts.json');
    if (!existsSync(file)) return {};
    try {
      return readHosts(JSON.parse(readFileSync(file, 'utf8')));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new ProbeError('usage', `${file} is damaged (${why}); delete it and pair again`);
    }
  }

  private writeHosts(hosts: Record<string, KnownHost>): void {
    this.write(join(this.dir, 'hosts.json'), `${JSON.stringify(hosts, null, 2)}\n`, 0o600);
  }

  private write(file: string, text: string, mode: number): void {
    const partial = `${file}.${process.pid}.part`;
    writeFileSync(partial, text, { mode });
    renameSync(partial, file);
  }
}

function readHosts(value: unknown): Record<string, KnownHost> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('it is not a JSON object');
  const hosts: Record<string, KnownHost> = {};
  for (const [unique_id, entry] of Object.entries(value)) {
    if (typeof entry?.name !== 'string' || typeof entry?.cert_pem !== 'string') {
      throw new Error(`the entry ${unique_id} has no name or no certificate`);
    }
    hosts[unique_id] = { name: entry.name, cert_pem: entry.cert_pem };
  }
  return hosts;
}
