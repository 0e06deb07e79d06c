// Reads what programs say that run and count tests by themselves: TAP, and ctest's JUnit file with doctest's counts in it.

import { Parser, type Result } from 'tap-parser';
import type { Report } from './report.ts';

/** The lines of an output that tell of failures, each with what follows it. */
export function around(output: string, sign: RegExp, lines_after: number, limit: number): string {
  const lines = output.split('\n');
  const told = lines.flatMap((line, at) => (sign.test(line) ? lines.slice(at, at + 1 + lines_after) : []));
  return told.slice(0, limit).join('\n');
}

/** Tells the report each result that comes in TAP; with `leaves` each assertion inside of them, as tap itself counts. */
export class TapReader {
  readonly #report: Report;
  readonly #leaves: boolean;
  readonly #titleOf: (name: string) => string;
  readonly #parser = new Parser();
  #said = '';
  #passed = 0;
  #told = 0;
  /** Whether a result was bad. */
  bad = false;

  constructor(report: Report, titleOf: (name: string) => string, leaves = false) {
    this.#report = report;
    this.#titleOf = titleOf;
    this.#leaves = leaves;
    this.#follow(this.#parser, 0);
  }

  line(line: string): void {
    this.#said += `${line}\n`;
    this.#parser.write(`${line}\n`);
  }
  end(): void {
    this.#parser.end();
  }

  #follow(parser: Parser, depth: number): void {
    let inside = false; // the next result is that of a child, whose own, if any, have been counted
    parser.on('child', (child: Parser) => {
      child.once('assert', () => {
        inside = true;
      });
      this.#follow(child, depth + 1);
    });
    parser.on('assert', (result: Result) => {
      if (depth === 0) this.#top(result);
      else if (this.#leaves && !inside) this.#leaf(result);
      inside = false;
    });
  }
  #top(result: Result): void {
    if (this.#passed > 0) this.#report.passed(`${result.name} (${this.#passed})`, this.#passed);
    if (this.#passed + this.#told === 0 || (!result.ok && !this.bad)) this.#tell(result, this.#titleOf(result.name));
    [this.#passed, this.#told, this.#said] = [0, 0, ''];
  }
  #leaf(result: Result): void {
    if (result.ok && !result.skip) this.#passed++;
    else this.#tell(result, result.fullname);
  }
  #tell({ ok, skip }: Result, title: string): void {
    this.#told++;
    if (skip) this.#report.skipped(title, skip === true ? 'it says no reason' : skip);
    else if (ok) this.#report.passed(title);
    else this.#report.failed(title, around(this.#said, /^ *not ok/, 14, 60));
    this.bad ||= !ok;
  }
}

/** A program that ctest ran. */
interface Program {
  readonly name: string;
  readonly output: string;
  /** Cases that doctest counted; a program without any of its own, or that died without a count, is one. */
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
}

const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

export function readJunit(xml: string): Program[] {
  const cases = xml.matchAll(/<testcase name="([^"]*)"[^>]* status="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g);
  return [...cases].map(([, name = '', status, body = '']) => {
    const [, escaped = ''] = /<system-out>([\s\S]*)<\/system-out>/.exec(body) ?? [];
    const output = escaped.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => entities[entity] ?? '');
    const [, good, bad] = (/test cases: *\d+ \| *(\d+) passed \| *(\d+) failed/.exec(output) ?? []).map(Number);
    // One that ctest could not even start is called "notrun", as one is that skipped itself.
    const broken = status === 'fail' || (status === 'notrun' && !/<skipped message="SKIP_/.test(body));
    const skipped = [...output.matchAll(/^ *skipped:* +(.*)$/gim)].map(([, what = '']) => what);
    return {
      name,
      output,
      passed: good ?? (status === 'run' ? 1 : 0),
      failed: broken ? Math.max(1, bad ?? 1) : 0,
      skipped,
    };
  });
}
