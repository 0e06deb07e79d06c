// A desktop put together from who runs it (found, embedded) and what speaks to its compositor (a driver): leases one after the other, each
// given back once.

import { PunktfunkError } from '../errors.ts';
import type { Client, Display, DisplayKind, Mode, Output, Shortcoming } from './display.ts';
import type { Driver } from './drivers/driver.ts';

export interface DesktopParts {
  kind: DisplayKind;
  driver: Driver;
  environment: Readonly<Record<string, string>>;
  /** The desktop's name for people, around what the driver says of itself. */
  describe: (driven: string) => string;
  /** Resolves with a reason when who runs the desktop sees it end, who knows more than the driver. */
  gone?: Promise<string>;
  lost?: () => Shortcoming[];
  /** Of the desktop as a whole, with each lease. */
  shortcomings?: () => Shortcoming[];
  isFirstChoice: () => Promise<boolean>;
  /** Ends what was begun to open it. */
  close?: () => Promise<void>;
}

export class Desktop implements Display {
  readonly kind: DisplayKind;
  readonly environment: Readonly<Record<string, string>>;
  readonly #parts: DesktopParts;
  readonly #leased = new Set<Output>();
  readonly #gone: Promise<string>;
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(parts: DesktopParts) {
    this.#parts = parts;
    this.kind = parts.kind;
    this.environment = { ...parts.environment, ...parts.driver.environment };
    this.#gone = parts.gone ?? parts.driver.gone;
  }

  get description(): string {
    return this.#parts.describe(this.#parts.driver.description);
  }

  get capabilities() {
    return this.#parts.driver.capabilities;
  }

  lease(mode: Mode, client: Client, may_change: boolean): Promise<Output> {
    return this.#inTurn(async () => {
      if (this.#closing !== undefined) throw new PunktfunkError('DISPLAY_GONE', { reason: 'the host has closed it' });
      const { max_outputs } = this.capabilities;
      if (this.#leased.size >= max_outputs)
        throw new PunktfunkError('DISPLAY_FULL', { reason: this.#parts.driver.limit });
      const driven = await this.#parts.driver.lease(mode, client, may_change);
      let released: Promise<void> | undefined;
      const output: Output = {
        sound: null,
        ...driven,
        environment: { ...this.environment, ...driven.environment },
        shortcomings: [...driven.shortcomings, ...(this.#parts.shortcomings?.() ?? [])],
        release: () => {
          released ??= this.#inTurn(async () => {
            this.#leased.delete(output);
            await driven.release();
          });
          return released;
        },
      };
      this.#leased.add(output);
      return output;
    });
  }

  onGone(listener: (sentence: string) => void): void {
    void this.#gone.then((sentence) => {
      if (!this.#closing) listener(sentence);
    });
  }

  lost(): Shortcoming[] {
    return this.#parts.lost?.() ?? [];
  }

  ask(): Promise<string | undefined> {
    return this.#parts.driver.ask();
  }

  isFirstChoice(): Promise<boolean> {
    return this.#parts.isFirstChoice();
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      // One of our own ends as it is.
      if (this.kind === 'session') await Promise.allSettled([...this.#leased].map((output) => output.release()));
      this.#parts.driver.close();
      await this.#parts.close?.();
    })();
    return this.#closing;
  }

  /** One after the other: a lease finds what was given back before it. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => {}); // told to whoever asked for the step
    return turn;
  }
}
