// Who this host is: one RSA key, its certificate and a unique id, made at the first start and kept for ever. Clients pin the certificate
// and store their pairing under the id, so a damaged file is refused, never replaced (docs/gamestream.md, 2.2, 3.6).

import { createPrivateKey, generateKeyPairSync, randomUUID, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { reasonOf } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import { certificate_signature_bytes, certificateSignature, makeCertificate } from './certificate.ts';
import { damagedFile, data_version, pairings_lost, readDataFile } from './data-file.ts';

// The same for every host, whatever its clock says at the first start: a machine without a battery begins in 1970, and the certificate is
// kept for ever. Clients pin it and do not look at dates; one that did would find it valid.
const valid_from = new Date('2026-01-01T00:00:00Z');
const valid_to = new Date('2099-12-31T23:59:59Z');

const IdentityFile = Type.Object(
  {
    version: Type.Literal(data_version),
    unique_id: Type.String({ pattern: '^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$' }),
    certificate_pem: Type.String(),
    key_pem: Type.String(),
  },
  { additionalProperties: false },
);

export interface Identity {
  readonly unique_id: string;
  readonly certificate_pem: string;
  readonly key_pem: string;
  readonly certificate: X509Certificate;
  /** Raw signature of the certificate, an input of the pairing hashes. */
  readonly signature: Buffer;
}

function assemble(file: Static<typeof IdentityFile>): Identity {
  const certificate = new X509Certificate(file.certificate_pem);
  const signature = certificateSignature(certificate);
  return { ...file, certificate, signature };
}

/** A fresh identity. Takes a few tenths of a second: RSA-2048 is compulsory (docs/gamestream.md, 3.1). */
export function makeIdentity(): Static<typeof IdentityFile> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key_pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    version: data_version,
    unique_id: randomUUID().toUpperCase(),
    certificate_pem: makeCertificate(key_pem, 'punktfunk', valid_from, valid_to),
    key_pem,
  };
}

/** The identity kept in `dataDir`; made there when there is none. Throws DATA_DAMAGED for anything that is not a whole identity. */
export function openIdentity(data_dir: string): Identity {
  const path = join(data_dir, 'identity.json');
  const damaged = (reason: string) => damagedFile(path, reason, pairings_lost);
  const parsed = readDataFile(path, IdentityFile, 'an identity', { consequence: pairings_lost });
  if (parsed === undefined) {
    const made = makeIdentity();
    writeFileAtomically(path, `${JSON.stringify(made, null, 2)}\n`);
    return assemble(made);
  }
  let identity: Identity;
  try {
    identity = assemble(parsed);
    if (!identity.certificate.checkPrivateKey(createPrivateKey(parsed.key_pem)))
      throw new RangeError('its key does not fit its certificate');
  } catch (error) {
    throw damaged(reasonOf(error));
  }
  if (identity.signature.length !== certificate_signature_bytes) throw damaged('its key is not RSA-2048');
  return identity;
}
