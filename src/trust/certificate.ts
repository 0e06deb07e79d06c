// X.509 as GameStream uses it: RSA-2048, self-signed, SHA-256, one certificate in the chain (docs/gamestream.md, 3.1).

import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, X509Certificate } from 'node:crypto';
import * as asn1 from './der.ts';

const sha256_with_rsa = asn1.sequence(asn1.objectIdentifier('1.2.840.113549.1.1.11'), asn1.nul());
const common_name_oid = '2.5.4.3';
const basic_constraints = '2.5.29.19';
export const certificate_signature_bytes = 256; // iOS reads exactly this many (docs/gamestream.md, 3.1)

/** A self-signed X.509 v3 certificate, PEM, for the RSA private key `keyPem`. */
export function makeCertificate(key_pem: string, common_name: string, not_before: Date, not_after: Date): string {
  const key = createPrivateKey(key_pem);
  const public_key = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const name = asn1.sequence(
    asn1.set(asn1.sequence(asn1.objectIdentifier(common_name_oid), asn1.utf8String(common_name))),
  );
  const serial = randomBytes(16);
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f); // positive, never zero (RFC 5280 4.1.2.2)
  const authority = asn1.sequence(
    asn1.objectIdentifier(basic_constraints),
    asn1.boolean(true),
    asn1.octetString(asn1.sequence(asn1.boolean(true))),
  );
  const body = asn1.sequence(
    asn1.explicit(0, asn1.integer(Buffer.from([2]))), // v3
    asn1.integer(serial),
    sha256_with_rsa,
    name,
    asn1.sequence(asn1.time(not_before), asn1.time(not_after)),
    name,
    public_key,
    asn1.explicit(3, asn1.sequence(authority)),
  );
  const certificate = asn1.sequence(body, sha256_with_rsa, asn1.bitString(sign('sha256', body, key)));
  return new X509Certificate(certificate).toString();
}

/** The raw bytes of the certificate's signatureValue, which go into the pairing hashes (docs/gamestream.md, 3.1). */
export function certificateSignature(certificate: X509Certificate): Buffer {
  const outer = asn1.readDer(certificate.raw).contents;
  const algorithm_start = asn1.readDer(outer).end;
  const signature_start = asn1.readDer(outer, algorithm_start).end;
  const signature = asn1.readDer(outer, signature_start);
  if (signature.tag !== 0x03 || signature.contents[0] !== 0)
    throw new RangeError('the signature is not a whole BIT STRING');
  return signature.contents.subarray(1);
}

/**
 * The identity of a client: SHA-256 over the exact DER bytes, lower-case hex. Dates and chain are not looked at (docs/gamestream.md, 3.1).
 */
export function fingerprintOf(certificate: Uint8Array): string {
  return createHash('sha256').update(certificate).digest('hex');
}

/** Parses a client's certificate as pairing needs it: one PEM certificate with an RSA-2048 key. Throws a sentence otherwise. */
export function parseClientCertificate(pem: string): X509Certificate {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw new RangeError('the certificate is not an X.509 certificate in PEM');
  }
  const key = certificate.publicKey;
  if (key.asymmetricKeyType !== 'rsa' || key.asymmetricKeyDetails?.modulusLength !== 2048) {
    throw new RangeError('the certificate has no RSA key of 2048 bits');
  }
  if (certificateSignature(certificate).length !== certificate_signature_bytes) {
    throw new RangeError('the certificate is not signed by an RSA key of 2048 bits');
  }
  return certificate;
}
