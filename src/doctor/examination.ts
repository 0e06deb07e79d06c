// The doctor at work for whoever looks on: one examination at a time, seen while it goes on, ended when nobody wants it any more.

import { type Static, Type } from 'typebox';
import type { Config } from '../config/load.ts';
import { reasonOf } from '../errors.ts';
import { Check } from './check.ts';
import { check_count, isComplete, type runChecks, verdictOf } from './checks.ts';
import type { RunningHost } from './desktop-check.ts';

export const Examination = Type.Object(
  {
    state: Type.Enum(['never', 'running', 'done', 'cancelled']),
    started_at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    /** So many checks there are when it is done. */
    total: Type.Integer(),
    /** In the order in which they were made; while it runs, those that are over. */
    checks: Type.Array(Check),
    /** Nothing that streaming needs is missing; null: not known yet. */
    complete: Type.Union([Type.Boolean(), Type.Null()]),
    /** In a sentence; empty while it is not known. */
    verdict: Type.String(),
  },
  { title: 'Examination' },
);
export type Examination = Static<typeof Examination>;

export interface DoctorOptions {
  config: Config;
  /** What the host says of itself. */
  running: () => Promise<RunningHost>;
  examine: typeof runChecks;
}

export class Doctor {
  readonly #options: DoctorOptions;
  #latest: Examination = {
    state: 'never',
    started_at: null,
    total: check_count,
    checks: [],
    complete: null,
    verdict: '',
  };
  #ended: Promise<void> = Promise.resolve();

  constructor(options: DoctorOptions) {
    this.#options = options;
  }

  get latest(): Examination {
    return this.#latest;
  }

  /** Begins one, unless one goes on. */
  start(): Examination {
    if (this.#latest.state !== 'running') {
      const examination: Examination = {
        ...this.#latest,
        state: 'running',
        started_at: new Date().toISOString(),
        checks: [],
        complete: null,
        verdict: '',
      };
      this.#latest = examination;
      // One that was cancelled still finishes the check that it is at.
      this.#ended = this.#ended.then(() => this.#examine(examination));
    }
    return this.#latest;
  }

  /** Ends the one that goes on, after the check that it is at. */
  cancel(): Examination {
    if (this.#latest.state === 'running') this.#latest.state = 'cancelled';
    return this.#latest;
  }

  /** The result of the one that goes on, or of a new one. */
  async result(): Promise<Examination> {
    const examination = this.start();
    await this.#ended;
    return examination;
  }

  async #examine(examination: Examination): Promise<void> {
    const { checks } = examination;
    const { config, running, examine } = this.#options;
    try {
      for await (const check of examine(config, await running())) {
        if (examination.state === 'cancelled') return;
        checks.push(check);
      }
      examination.complete = isComplete(checks);
      examination.verdict = verdictOf(checks, config.bind);
    } catch (error) {
      examination.verdict = `The examination failed: ${reasonOf(error)}.`;
    }
    examination.state = 'done';
  }
}
