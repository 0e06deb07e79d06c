// The one runner of checks that are no unit tests, and what is said about each: lines for people and for tools/test.sh, or one JSON
// document.

import { closeSync, openSync } from 'node:fs';
import { expect, log_file, messageOf, Skip, saidBy } from './command.ts';

/** A way to spoil what is looked at, which the check must notice. */
export interface Control<C> {
  /** Ends the sentence "fails with …". */
  readonly what: string;
  /** The check must say this of it. */
  readonly words?: string;
  /** Resolves with what is spoilt: the same, or another. */
  spoil(context: C): Promise<C>;
  mend?(context: C): Promise<void>;
}

export interface Check<C> {
  /** What holds when it passes, as a sentence. */
  readonly name: string;
  /** What its controls call it; else its name. */
  readonly short?: string;
  run(context: C): Promise<unknown>;
  readonly controls?: readonly Control<C>[];
}

export const control = <C>(what: string, words: string, spoil: Control<C>['spoil']): Control<C> => ({
  what,
  words,
  spoil,
});

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

interface Result {
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly detail: string;
  readonly took_s: number;
  readonly figures: readonly Figure[];
}

const indented = (text: string): string => text.replaceAll('\n', '\n    ');

export class Report {
  readonly #json: boolean;
  readonly #logs: string | undefined;
  readonly #results: (Result & { count: number })[] = [];
  #figures: Figure[] = [];
  #machine = '';
  #no_machine = '';

  /** `logs`: how the path of each check's log begins. */
  constructor({ json = false, logs }: { json?: boolean; logs?: string } = {}) {
    this.#json = json;
    this.#logs = logs;
  }

  begin(machine: string): void {
    this.#machine = machine;
    this.#say(`machine: ${machine}`);
  }

  /** Resolves with whether it passed. */
  check<C>({ name, run }: Pick<Check<C>, 'name' | 'run'>, context: C): Promise<boolean> {
    return this.#run(name, async () => {
      await run(context);
      return '';
    });
  }

  /** Each way to spoil it: the check must see it, and say its words. */
  async controls<C>({ name, short, run, controls = [] }: Check<C>, context: C): Promise<void> {
    for (const { what, words = '', spoil, mend } of controls)
      await this.#run(`${short ?? name} fails with ${what}`, async () => {
        const spoilt = await spoil(context);
        const said = await run(spoilt).then(() => undefined, saidBy);
        await mend?.(context);
        expect(said !== undefined, 'it passed all the same');
        expect(said.includes(words), `it did not say "${words}", but: ${said}`);
        return said;
      });
  }

  /** A number worth knowing; printed with the check that runs, never judged by itself. */
  readonly figure = (name: string, value: number, unit: string): void => {
    this.#figures.push({ name, value: Math.round(value * 100) / 100, unit });
  };

  /** `count`: how many tests it stands for, where a program of their own counted them. */
  passed(name: string, count = 1): void {
    this.#keep({ name, state: 'passed', detail: '', took_s: 0 }, `ok: ${name}`, count);
  }

  failed(name: string, reason: string, count = 1): void {
    this.#keep(
      { name, state: 'failed', detail: reason, took_s: 0 },
      `FAILED: ${name}${reason && indented(`\n${reason}`)}`,
      count,
    );
  }

  skipped(name: string, reason: string): void {
    this.#keep({ name, state: 'skipped', detail: reason, took_s: 0 }, `skipped: ${name}: ${reason}`);
  }

  noMachine(reason: string): void {
    this.#no_machine = reason;
    this.#say(`FAILED: the machine\n    ${indented(reason)}`);
  }

  /** The last words; the exit code. */
  finish(): number {
    const count = (state: Result['state']) =>
      this.#results.reduce((sum, result) => sum + (result.state === state ? result.count : 0), 0);
    const [passed, failed] = [count('passed'), count('failed') + (this.#no_machine ? 1 : 0)];
    if (this.#json) {
      const results = this.#results.map(({ count: _, ...result }) => result);
      const document = { machine: this.#machine, error: this.#no_machine || null, results };
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    }
    this.#say(`${passed} passed, ${failed} failed`);
    if (this.#no_machine) return 3;
    return failed === 0 ? 0 : 1;
  }

  /** What `work` gives, if not empty, is a sentence that was said as it should be. */
  async #run(name: string, work: () => Promise<string>): Promise<boolean> {
    const began = performance.now();
    this.#figures = [];
    const log =
      this.#logs === undefined ? undefined : openSync(`${this.#logs}${name.replaceAll(/[ /]/g, '-')}.log`, 'w');
    try {
      const said = await (log === undefined ? work() : log_file.run(log, work));
      const quote = said && `\n    it said: ${said.split('\n').slice(0, 2).join(' ').slice(0, 300)}`;
      const took_s = Math.round((performance.now() - began) / 100) / 10;
      this.#keep({ name, state: 'passed', detail: said, took_s }, `ok: ${name}${quote}`);
      return true;
    } catch (error) {
      if (error instanceof Skip) this.skipped(name, error.message);
      else this.failed(name, messageOf(error));
      return false;
    } finally {
      if (log !== undefined) closeSync(log);
    }
  }

  #keep(result: Omit<Result, 'figures'>, line: string, count = 1): void {
    this.#results.push({ ...result, figures: this.#figures, count });
    this.#say(line);
    for (const { name, value, unit } of this.#figures) this.#say(`    ${name}: ${value}${unit ? ` ${unit}` : ''}`);
    this.#figures = [];
  }
  #say(line: string): void {
    if (!this.#json) process.stdout.write(`${line}\n`);
  }
}
