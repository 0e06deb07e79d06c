// Makes an image accept updates of itself only when they are signed:  node trust-updates.ts ROOT REFERENCE KEY
// Adds to the base's policy what concerns this one repository and keeps the rest (containers-policy.json(5), containers-registries.d(5)).

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Policy {
  default: unknown[];
  transports?: Record<string, Record<string, unknown[]>>;
}

const repository = /^[a-z0-9.-]+(?::\d+)?(?:\/[a-z0-9._-]+)+$/;

/** `reference` names a repository, without a tag; `key_path` is where the key is on the machine. Throws Error with a sentence. */
export function trustUpdates(root: string, reference: string, key_path: string): void {
  if (!repository.test(reference)) {
    throw new Error(
      `"${reference}" does not name a repository. Give registry and path, without tag or digest: example.org/team/punktfunk`,
    );
  }
  const key = join(root, key_path);
  if (!existsSync(key) || !readFileSync(key, 'utf8').startsWith('-----BEGIN PUBLIC KEY-----')) {
    throw new Error(`${key} is not a public key in PEM form (cosign generate-key-pair makes one)`);
  }
  const path = join(root, 'etc/containers/policy.json');
  const policy = enforceable(readPolicy(path));
  const transports = { ...policy.transports };
  transports.docker = {
    ...transports.docker,
    [reference]: [{ type: 'sigstoreSigned', keyPath: key_path, signedIdentity: { type: 'matchRepository' } }],
  };
  write(path, `${JSON.stringify({ ...policy, transports }, null, 2)}\n`);
  write(
    join(root, 'etc/containers/registries.d/punktfunk.yaml'),
    `# Signatures lie beside the image in its registry.\ndocker:\n  ${reference}:\n    use-sigstore-attachments: true\n`,
  );
}

/** Where images come from, by containers-transports(5). */
const transport_names = [
  'atomic',
  'containers-storage',
  'dir',
  'docker',
  'docker-archive',
  'docker-daemon',
  'oci',
  'oci-archive',
  'sif',
  'tarball',
];
const accept = [{ type: 'insecureAcceptAnything' }];

/**
 * A policy whose default is to accept cannot be enforced: bootc and ostree refuse --enforce-container-sigpolicy and ostree-image-signed:
 * with it. The same said the other way round, rejected unless named, accepts the same images.
 */
function enforceable(policy: Policy): Policy {
  if (JSON.stringify(policy.default) !== JSON.stringify(accept)) return policy;
  const accepted = transport_names.map((name) => [name, { '': accept, ...policy.transports?.[name] }]);
  return {
    ...policy,
    default: [{ type: 'reject' }],
    transports: { ...policy.transports, ...Object.fromEntries(accepted) },
  };
}

/** A base without a policy accepts everything, which is what its other images keep. */
function readPolicy(path: string): Policy {
  if (!existsSync(path)) return { default: [{ type: 'insecureAcceptAnything' }] };
  let policy: unknown;
  try {
    policy = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new Error(`the base's ${path} is not JSON`);
  }
  if (typeof policy !== 'object' || policy === null || !Array.isArray((policy as Policy).default)) {
    throw new Error(`the base's ${path} has no "default"`);
  }
  return policy as Policy;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

if (import.meta.main) {
  const [root, reference, key_path, ...more] = process.argv.slice(2);
  if (root === undefined || reference === undefined || key_path === undefined || more.length > 0) {
    console.error('usage: trust-updates.ts ROOT REFERENCE KEY');
    process.exit(2);
  }
  try {
    trustUpdates(root, reference, key_path);
  } catch (error) {
    console.error(`punktfunk image: ${error instanceof Error ? error.message : String(error)}.`);
    process.exit(1);
  }
}
