// What a fleet's owner writes down, checked. Every mistake becomes a sentence of its own, and all are told at once.

/** What .github/workflows/hardware.yml asks of a machine: a runner without it gets no work of this repository. */
export const hardware_label = 'punktfunk-hardware';

export interface Host {
  name: string;
  /** A name or an IP address, as ssh takes it. */
  address: string;
  port: number;
  user: string;
  /** The host's public key, `ssh-ed25519 AAAA…`: without it ssh would trust whoever answers. */
  host_key: string;
}

export interface Runner extends Host {
  labels: readonly string[];
  /** Public keys that may log in as `user`. */
  authorized_keys: readonly string[];
}

export interface RunnerService {
  /** Where the runner takes its work from: a repository or an organisation. */
  url: string;
  /** The runner program as the service publishes it: a .tar.gz, and what it must hash to. */
  archive_url: string;
  archive_sha256: string;
}

export interface FleetConfig {
  /** Without tag and digest. */
  image: string;
  /** Of the image's manifest for one architecture: what `bootc status` calls imageDigest. */
  digest: string;
  machines: readonly Host[];
  runners: readonly Runner[];
  runner_service: RunnerService | null;
}

/** All that is wrong with a configuration, a sentence each. */
export class ConfigError extends Error {
  readonly sentences: readonly string[];
  constructor(sentences: readonly string[]) {
    super(sentences.join('\n'));
    this.name = 'ConfigError';
    this.sentences = sentences;
  }
}

interface Form {
  readonly pattern: RegExp;
  readonly meaning: string;
}

// No value below may start with "-" or hold what a shell, ssh's configuration or known_hosts would take for more than text.
const forms = {
  name: { pattern: /^[a-z0-9][a-z0-9-]{0,62}$/, meaning: 'small letters, digits and "-", such as "sofa-1"' },
  address: { pattern: /^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/, meaning: 'a host name or an IP address' },
  user: { pattern: /^[a-z_][a-z0-9_-]{0,31}$/, meaning: 'the name of an account' },
  host_key: {
    pattern: /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]{40,}={0,2}$/,
    meaning: 'the host\'s public key in one line, "ssh-ed25519 AAAA...", as ssh-keyscan prints it without the address',
  },
  public_key: {
    pattern:
      /^(ssh-ed25519|sk-ssh-ed25519@openssh\.com|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]{40,}={0,2}( [A-Za-z0-9@._-]+)?$/,
    meaning: 'a public key in one line: type, key and, if wanted, one word of comment',
  },
  label: { pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, meaning: 'letters, digits, ".", "_" and "-"' },
  image: {
    pattern: /^[a-z0-9][a-z0-9.-]*(:[0-9]+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/,
    meaning: 'registry and repository without tag or digest, such as "registry.example/owner/punktfunk"',
  },
  digest: { pattern: /^sha256:[0-9a-f]{64}$/, meaning: '"sha256:" and 64 digits of hexadecimal' },
  sha256: { pattern: /^[0-9a-f]{64}$/, meaning: '64 digits of hexadecimal' },
  url: {
    pattern: /^https:\/\/[A-Za-z0-9][A-Za-z0-9.:-]*(\/[A-Za-z0-9._~%+-]+)+$/,
    meaning: 'an address that starts with https://',
  },
} as const satisfies Record<string, Form>;

type Fields = Readonly<Record<string, unknown>>;

const hostFields = ['name', 'address', 'port', 'user', 'host_key'] as const;

/** Reads an object as it came from outside; throws a ConfigError that names everything wrong in it. */
export function parseFleet(input: unknown): FleetConfig {
  const sentences: string[] = [];
  const fields = objectAt(input, 'the fleet', ['image', 'digest', 'machines', 'runners', 'runner_service'], sentences);
  if (fields === null) throw new ConfigError(sentences);
  const image = textAt(fields, 'image', 'image', forms.image, sentences);
  const digest = textAt(fields, 'digest', 'digest', forms.digest, sentences);
  const machines = listAt(fields, 'machines', 'machines', sentences).flatMap((entry, index) => {
    const where = `machines[${index}]`;
    const machine = objectAt(entry, where, hostFields, sentences);
    return machine === null ? [] : [parseHost(machine, where, sentences)];
  });
  const runners = listAt(fields, 'runners', 'runners', sentences).flatMap((entry, index) => {
    const where = `runners[${index}]`;
    const runner = objectAt(entry, where, [...hostFields, 'labels', 'authorized_keys'], sentences);
    return runner === null ? [] : [parseRunner(runner, where, sentences)];
  });
  const service = fields.runner_service ?? null;
  const runner_service = service === null ? null : parseService(service, sentences);
  if (runners.length > 0 && service === null) {
    sentences.push('runner_service is missing: there are runners, and nothing says whom they work for.');
  }
  if (machines.length === 0 && runners.length === 0) {
    sentences.push('There are neither machines nor runners: name at least one.');
  }
  findDoubles(machines, 'machines', sentences);
  findDoubles(runners, 'runners', sentences);
  if (sentences.length > 0) throw new ConfigError(sentences);
  return { image, digest, machines, runners, runner_service };
}

function parseHost(fields: Fields, where: string, sentences: string[]): Host {
  return {
    name: textAt(fields, 'name', `${where}.name`, forms.name, sentences),
    address: textAt(fields, 'address', `${where}.address`, forms.address, sentences),
    port: portAt(fields, `${where}.port`, sentences),
    user: textAt(fields, 'user', `${where}.user`, forms.user, sentences),
    host_key: textAt(fields, 'host_key', `${where}.host_key`, forms.host_key, sentences),
  };
}

function parseRunner(fields: Fields, where: string, sentences: string[]): Runner {
  const host = parseHost(fields, where, sentences);
  const labels = textsAt(fields, 'labels', `${where}.labels`, forms.label, sentences);
  if (labels.length === 0) sentences.push(`${where}.labels is empty: a runner without labels gets everybody's work.`);
  else if (!labels.includes(hardware_label))
    sentences.push(`${where}.labels has no "${hardware_label}": no workflow asks for such a runner.`);
  const authorized_keys = textsAt(fields, 'authorized_keys', `${where}.authorized_keys`, forms.public_key, sentences);
  return { ...host, labels, authorized_keys };
}

function parseService(input: unknown, sentences: string[]): RunnerService | null {
  const where = 'runner_service';
  const fields = objectAt(input, where, ['url', 'archive_url', 'archive_sha256'], sentences);
  if (fields === null) return null;
  return {
    url: textAt(fields, 'url', `${where}.url`, forms.url, sentences),
    archive_url: textAt(fields, 'archive_url', `${where}.archive_url`, forms.url, sentences),
    archive_sha256: textAt(fields, 'archive_sha256', `${where}.archive_sha256`, forms.sha256, sentences),
  };
}

function objectAt(input: unknown, where: string, known: readonly string[], sentences: string[]): Fields | null {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    sentences.push(`${where} is ${describe(input)}, and must be an object.`);
    return null;
  }
  for (const key of Object.keys(input)) {
    if (!known.includes(key))
      sentences.push(`${where} has no setting ${JSON.stringify(key)}: it knows ${known.join(', ')}.`);
  }
  return input as Fields;
}

function listAt(fields: Fields, key: string, where: string, sentences: string[]): readonly unknown[] {
  const value = fields[key] ?? [];
  if (Array.isArray(value)) return value;
  sentences.push(`${where} is ${describe(value)}, and must be a list.`);
  return [];
}

function textAt(fields: Fields, key: string, where: string, form: Form, sentences: string[]): string {
  const value = fields[key];
  if (typeof value === 'string' && form.pattern.test(value)) return value;
  sentences.push(
    value === undefined
      ? `${where} is missing: ${form.meaning}.`
      : `${where} is ${describe(value)}, and must be ${form.meaning}.`,
  );
  return '';
}

function textsAt(fields: Fields, key: string, where: string, form: Form, sentences: string[]): string[] {
  return listAt(fields, key, where, sentences).map((value, index) =>
    textAt({ value }, 'value', `${where}[${index}]`, form, sentences),
  );
}

function portAt(fields: Fields, where: string, sentences: string[]): number {
  const value = fields.port ?? 22;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  sentences.push(`${where} is ${describe(value)}, and must be a number from 1 to 65535.`);
  return 22;
}

function findDoubles(hosts: readonly Host[], where: string, sentences: string[]): void {
  for (const [index, host] of hosts.entries()) {
    const earlier = hosts.slice(0, index);
    if (host.name !== '' && earlier.some(({ name }) => name === host.name)) {
      sentences.push(`${where}[${index}] has the name "${host.name}" of another: names must differ.`);
    }
    if (host.address !== '' && earlier.some(({ address, port }) => address === host.address && port === host.port)) {
      sentences.push(`${where}[${index}] is ${host.address} port ${host.port} like another: one machine, one entry.`);
    }
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
