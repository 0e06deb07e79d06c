// What `bootc status --json` tells, reduced to digests (apiVersion org.containers.bootc/v1, kind BootcHost).

export interface BootcStatus {
  booted: string | null;
  /** What the next boot starts. */
  staged: string | null;
  /** What `bootc rollback` goes back to. */
  rollback: string | null;
}

/** Null when the text is not bootc's status. An entry that does not come from an image counts as none. */
export function parseBootcStatus(text: string): BootcStatus | null {
  let status: unknown;
  try {
    status = fieldOf(JSON.parse(text), 'status');
  } catch {
    return null;
  }
  if (typeof status !== 'object' || status === null) return null;
  const digestOf = (entry: string): string | null => {
    const digest = fieldOf(fieldOf(fieldOf(status, entry), 'image'), 'imageDigest');
    return typeof digest === 'string' && digest !== '' ? digest : null;
  };
  return { booted: digestOf('booted'), staged: digestOf('staged'), rollback: digestOf('rollback') };
}

/** A field of what may be anything; undefined when there is none. */
export function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
