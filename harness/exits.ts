// Exit codes of the kit: a number means one thing, whichever command ends with it.

export const exits = {
  /** Measured, and within every limit that was given. */
  passed: 0,
  /** A limit was passed, or what was to work did not. */
  failed: 1,
  usage: 2,
  unreachable: 3,
  not_paired: 4,
  pairing_failed: 5,
  refused: 6,
  /** Standard output, or a file that was asked for, could not be written. */
  unwritten: 7,
  /** By a signal or the time budget: says nothing about the host. */
  cut_short: 8,
  /** It could not be measured here (no compositor, no permission, no host, a beacon that cannot be read), or nobody can tell from it. */
  not_measured: 9,
} as const;
