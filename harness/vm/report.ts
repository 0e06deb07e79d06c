// What is said about each test: lines for people and for ci/, or one JSON document.

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

export class Report {
  readonly #json: boolean;
  readonly #results: Result[] = [];
  #machine = '';
  #no_machine = '';

  constructor(json: boolean) {
    this.#json = json;
  }

  begin(machine: string): void {
    this.#machine = machine;
    this.#say(`machine: ${machine}`);
  }

  passed(name: string, took_ms: number, figures: readonly Figure[]): void {
    this.#keep({ name, state: 'passed', detail: '', took_s: took_ms / 1000, figures: [...figures] });
    this.#say(`ok: ${name}`);
    this.#sayFigures(figures);
  }

  /** A spoilt machine was noticed, with this sentence. */
  noticed(name: string, sentence: string, took_ms: number): void {
    this.#keep({ name, state: 'passed', detail: sentence, took_s: took_ms / 1000, figures: [] });
    this.#say(`ok: ${name}`);
    this.#say(`    it said: ${sentence.split('\n').slice(0, 2).join(' ').slice(0, 300)}`);
  }

  failed(name: string, reason: string, figures: readonly Figure[]): void {
    this.#keep({ name, state: 'failed', detail: reason, took_s: 0, figures: [...figures] });
    this.#say(`FAILED: ${name}\n    ${reason.split('\n').join('\n    ')}`);
    this.#sayFigures(figures);
  }

  skipped(name: string, reason: string): void {
    this.#keep({ name, state: 'skipped', detail: reason, took_s: 0, figures: [] });
    this.#say(`skipped: ${name}: ${reason}`);
  }

  noMachine(reason: string): void {
    this.#no_machine = reason;
    this.#say(`FAILED: the machine\n    ${reason.split('\n').join('\n    ')}`);
  }

  /** The last words; the exit code. */
  finish(): number {
    const count = (state: Result['state']) => this.#results.filter((result) => result.state === state).length;
    const failed = count('failed') + (this.#no_machine ? 1 : 0);
    if (this.#json) {
      const document = { machine: this.#machine, error: this.#no_machine || null, results: this.#results };
      process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    }
    this.#say(`${count('passed')} passed, ${failed} failed`);
    if (this.#no_machine) return 3;
    return failed === 0 ? 0 : 1;
  }

  #keep(result: Result): void {
    this.#results.push({ ...result, took_s: Math.round(result.took_s * 10) / 10 });
  }
  #say(line: string): void {
    if (!this.#json) process.stdout.write(`${line}\n`);
  }
  #sayFigures(figures: readonly Figure[]): void {
    for (const { name, value, unit } of figures) this.#say(`    ${name}: ${value}${unit ? ` ${unit}` : ''}`);
  }
}
