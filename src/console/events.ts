// Which answers of the host are old once something happened: by the first words of their queries' keys.

/** The first word of the key of each query that is asked anew. */
export type Subject = (typeof of_state)[number] | (typeof lists)[number];

const of_state = ['status', 'sessions', 'clients', 'pairing', 'displays', 'audit'] as const;
/** Of which the host tells by name that they were changed. */
const lists = ['applications', 'browsers', 'measurements', 'recordings', 'settings', 'tokens'] as const;

const affected: Readonly<Record<string, readonly Subject[]>> = {
  pairing: ['pairing', 'clients', 'status', 'audit'],
  session: ['sessions', 'status', 'clients', 'applications'],
  problem: ['sessions'],
  display: ['status', 'displays'],
  app: ['status', 'applications'],
  measurement: ['measurements', 'audit'],
  ...Object.fromEntries(lists.map((list) => [`list of ${list}`, [list, 'audit'] satisfies Subject[]])),
};

/** `all` when something may have been missed, or is of a kind that this page does not know: it may be older than the host. */
export function outdatedBy(message: unknown): readonly Subject[] | 'all' {
  const { type, of } = message as { type?: unknown; of?: unknown };
  const what = type === 'list' ? `list of ${of}` : type;
  return (typeof what === 'string' && Object.hasOwn(affected, what) && affected[what]) || 'all';
}
