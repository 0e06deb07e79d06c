// Which answers of the host are old once something happened: by the first words of their queries' keys.

type Subject = 'status' | 'sessions' | 'clients' | 'pairing' | 'history';

const affected: Readonly<Record<string, readonly Subject[]>> = {
  pairing: ['pairing', 'clients', 'status'],
  session: ['sessions', 'status', 'clients', 'history'],
  problem: ['sessions'],
  display: ['status'],
  app: ['status'],
};

/** `all` when something may have been missed, or is of a kind that this page does not know: it may be older than the host. */
export function outdatedBy(message: unknown): readonly Subject[] | 'all' {
  const { type } = message as { type?: unknown };
  return (typeof type === 'string' && Object.hasOwn(affected, type) && affected[type]) || 'all';
}
