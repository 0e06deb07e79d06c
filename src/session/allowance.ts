/** So many a second; what is not used is kept, for so many seconds at most. */
export class Allowance {
  readonly #a_second: number;
  readonly #kept_s: number;
  #left: number;
  #read_ms = performance.now();

  constructor(a_second: number, kept_s: number, at_first_s: number) {
    this.#a_second = a_second;
    this.#kept_s = kept_s;
    this.#left = a_second * at_first_s;
  }

  /** Takes one; false when there is none. */
  take(): boolean {
    const now = performance.now();
    const grown = this.#left + ((now - this.#read_ms) / 1000) * this.#a_second;
    this.#read_ms = now;
    this.#left = Math.min(grown, this.#a_second * this.#kept_s);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
