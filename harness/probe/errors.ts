// What can go wrong in the probe, as its exit codes. Every failure that a person can cause or mend is a ProbeError.

import { exits } from '../exits.ts';

export const exit_codes = {
  ok: exits.passed,
  stream_failed: exits.failed,
  usage: exits.usage,
  unreachable: exits.unreachable,
  not_paired: exits.not_paired,
  pairing_failed: exits.pairing_failed,
  refused: exits.refused,
  cut_short: exits.cut_short,
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
