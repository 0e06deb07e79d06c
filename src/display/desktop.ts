// A desktop put together from who runs it (found, embedded), what speaks to its compositor (a driver), and what further clients get:
// leases one after the other, each given back once.

import type { VideoTarget } from '../contract/video.ts';
import { PunktfunkError, type Shortcoming } from '../errors.ts';
import type { Capabilities, Client, Display, DisplayKind, Mode, Output } from './display.ts';
import type { DrivenOutput, Driver } from './drivers/driver.ts';

/** Outputs for clients that come while the desktop's own is another's. */
export interface Further {
  readonly max_outputs: number;
  /** Why there are none, as the end of a sentence. */
  readonly lacking: string | undefined;
  /** One more can be made. */
  hasRoom(): boolean;
  /** This client's is there, leased or not. */
  holds(client: Client): boolean;
  lease(mode: Mode, client: Client): Promise<DrivenOutput>;
  forget(client_id: string): Promise<void>;
  close(): Promise<void>;
}

export interface DesktopParts {
  kind: DisplayKind;
  driver: Driver;
  further?: Further;
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

const never = new Promise<string>(() => {});

export class Desktop implements Display {
  readonly kind: DisplayKind;
  readonly environment: Readonly<Record<string, string>>;
  readonly capabilities: Capabilities;
  readonly video: VideoTarget;
  readonly #parts: DesktopParts;
  readonly #leased = new Set<Output>();
  readonly #gone: Promise<string>;
  /** Of the compositor's own outputs. */
  #opened = 0;
  /** Whose programs are on them. */
  #holder: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(parts: DesktopParts) {
    const { kind, environment, driver, further, gone } = parts;
    this.#parts = parts;
    this.kind = kind;
    this.environment = { ...environment, ...driver.environment };
    this.video = driver.video;
    const { exact_mode, max_outputs } = driver.capabilities;
    this.capabilities = { exact_mode, max_outputs: max_outputs + (further?.max_outputs ?? 0) };
    this.#gone = gone ?? driver.gone;
  }

  get description(): string {
    return this.#parts.describe(this.#parts.driver.description);
  }

  lease(mode: Mode, client: Client, may_change: boolean): Promise<Output> {
    return this.#inTurn(async () => {
      if (this.#closing !== undefined) throw new PunktfunkError('DISPLAY_GONE', { reason: 'the host has closed it' });
      const driven = await this.#open(mode, client, may_change);
      let released: Promise<void> | undefined;
      const output: Output = {
        sound: null,
        gone: never,
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

  forget(client_id: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#holder === client_id) this.#holder = undefined;
      await this.#parts.further?.forget(client_id);
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
      await this.#parts.further?.close();
      // One of our own ends as it is.
      if (this.kind === 'session') await Promise.allSettled([...this.#leased].map((output) => output.release()));
      this.#parts.driver.close();
      await this.#parts.close?.();
    })();
    return this.#closing;
  }

  /** Who comes back finds what he left; the desktop itself is for the first who comes, and for whom there is no other. */
  async #open(mode: Mode, client: Client, may_change: boolean): Promise<DrivenOutput> {
    const { driver, further } = this.#parts;
    if (further?.holds(client)) return further.lease(mode, client);
    const is_free = this.#opened < driver.capabilities.max_outputs;
    const is_anothers = this.#holder !== undefined && this.#holder !== client.id;
    if (further?.hasRoom() && (!is_free || is_anothers)) return further.lease(mode, client);
    if (!is_free) {
      const reason = further?.lacking ?? `it has ${this.capabilities.max_outputs} at most`;
      throw new PunktfunkError('DISPLAY_FULL', { reason });
    }
    const driven = await driver.open(mode, may_change);
    this.#opened++;
    this.#holder = client.id;
    return {
      ...driven,
      release: () => {
        this.#opened--;
        return driven.release();
      },
    };
  }

  /** One after the other: a lease finds what was given back before it. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(step);
    this.#turn = turn.catch(() => {}); // told to whoever asked for the step
    return turn;
  }
}
