// What can go wrong in the probe, as its exit codes. Every failure that a person can cause or mend is a ProbeError.

export const exit_codes = {
  ok: 0,
  stream_failed: 1,
  usage: 2,
  unreachable: 3,
  not_paired: 4,
  pairing_failed: 5,
  refused: 6,
  cut_short: 8,
} as const;

export type FailureKind = Exclude<keyof typeof exit_codes, 'ok'>;

export class ProbeError extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProbeError';
    this.kind = kind;
  }

  get exit_code(): number {
    return exit_codes[this.kind];
  }
}
