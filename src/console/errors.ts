// What went wrong, as a person is told it: a sentence, and what to do.

import { words } from './words.ts';

/** The host's own answer, from its one table of errors. */
export class ApiError extends Error {
  readonly code: string;
  readonly cure: string;
  readonly status: number;

  constructor(status: number, report: { code: string; message: string; cure: string }) {
    super(report.message);
    this.code = report.code;
    this.cure = report.cure;
    this.status = status;
  }
}

/** The request got no answer at all. */
export class ConnectionError extends Error {}

/** A part of the console is not there: the host is of another version by now, or does not answer. */
export class PartMissing extends Error {}

export function explain(error: unknown): { sentence: string; cure: string } {
  if (error instanceof ApiError) return { sentence: error.message, cure: error.cure };
  if (error instanceof ConnectionError) return words.errors.no_answer;
  if (error instanceof PartMissing) return words.errors.part_missing;
  return {
    sentence: words.errors.ours(error instanceof Error ? error.message : String(error)),
    cure: words.errors.reload,
  };
}
