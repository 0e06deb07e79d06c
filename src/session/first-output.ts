// The first that a program writes, whatever it writes after it.

const max_bytes = 64 * 1024;
const max_line_length = 200;

export class FirstOutput {
  readonly #parts: Buffer[] = [];
  #bytes = 0;
  #cut = false;

  take(bytes: Buffer): void {
    const part = bytes.subarray(0, max_bytes - this.#bytes);
    if (part.length < bytes.length) this.#cut = true;
    if (part.length === 0) return;
    this.#parts.push(Buffer.from(part));
    this.#bytes += part.length;
  }

  get text(): string {
    return Buffer.concat(this.#parts).toString('utf8');
  }

  /** It wrote more. */
  get is_cut(): boolean {
    return this.#cut;
  }
}

/** The last line with something in it, fit for a sentence. */
export function lastLine(text: string): string {
  const lines = text.split(/[\r\n]/).map((line) => line.replace(/\p{C}/gu, '').trim());
  return lines.findLast((line) => line !== '')?.slice(0, max_line_length) ?? '';
}
