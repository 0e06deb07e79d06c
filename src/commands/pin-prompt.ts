// The terminal that runs the host asks for a client's PIN itself. Only a terminal, and only while the host is in its foreground: a job in
// the background that reads from its terminal is stopped (setpgid(2), SIGTTIN).

import { readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { toPunktfunkError } from '../errors.ts';
import type { HostEvent } from '../events.ts';

export interface PairingDesk {
  /** Resolves once the client is paired; rejects with a PunktfunkError. */
  pair(request: { pin: string; address: string }): Promise<unknown>;
  refuse(address: string): void;
  waiting(): { address: string }[];
}

export interface PinPromptOptions {
  input: NodeJS.ReadableStream;
  output: { write(text: string): unknown };
  /** What to type elsewhere. */
  pair_command: string;
  /** This process may read from its terminal now. */
  inForeground?: () => boolean;
}

export class PinPrompt {
  readonly #options: PinPromptOptions;
  #lines: Interface | undefined;
  #desk: PairingDesk | undefined;
  /** The terminal said that nothing more is typed (Ctrl-D): for this process that is for good. */
  #over = false;
  /** Whose PIN is asked for now. */
  #address: string | undefined;

  constructor(options: PinPromptOptions) {
    this.#options = options;
  }

  /** The person at this terminal is asked, and so need not be told what to type elsewhere. */
  get asks(): boolean {
    return this.#address !== undefined;
  }

  /** Takes what happens on the host. */
  hear(event: HostEvent, desk: PairingDesk): void {
    if (event.type !== 'pairing' || event.step === 'unpaired' || event.step === 'changed') return;
    if (event.step === 'waiting') {
      this.#ask(desk);
    } else if (event.address === this.#address) {
      this.#address = undefined;
      this.#options.output.write('\n');
      this.#ask(desk);
    }
  }

  close(): void {
    this.#address = undefined;
    const lines = this.#lines;
    this.#lines = undefined;
    lines?.close();
  }

  /** The shell moved this job to the background or back (SIGCONT): a job there that reads its terminal is stopped, and a stream with it. */
  moved(): void {
    if (!this.#desk) return;
    const asked = this.#address !== undefined;
    this.#address = undefined;
    if (!this.#ask(this.#desk) && asked) this.#tellElsewhere();
  }

  #tellElsewhere(): void {
    this.#options.output.write(`\nThe PIN can be given in another terminal: ${this.#options.pair_command}\n`);
  }

  /** Asks for whoever waits longest. Nobody waits: the terminal is left alone. */
  #ask(desk: PairingDesk): boolean {
    if (this.#address !== undefined) return true;
    this.#desk = desk;
    const address = desk.waiting().at(0)?.address;
    const may = !this.#over && (this.#options.inForeground ?? inForeground)();
    if (address === undefined || !may) {
      this.close();
      return false;
    }
    this.#address = address;
    this.#options.output.write(`${address} asks to pair. PIN (Enter refuses): `);
    if (!this.#lines) {
      // In the terminal's own line mode: Ctrl-C stays what it is.
      const lines = createInterface({ input: this.#options.input, terminal: false });
      this.#lines = lines;
      lines.on('line', (line) => this.#answer(line.trim(), desk));
      lines.on('close', () => {
        if (this.#lines !== lines) return; // closed by us
        this.#over = true;
        this.close();
        this.#tellElsewhere();
      });
    }
    return true;
  }

  #answer(text: string, desk: PairingDesk): void {
    const address = this.#address;
    if (address === undefined) return;
    if (text === '') {
      desk.refuse(address); // its end is heard as an event
    } else if (/^\d{4}$/.test(text)) {
      desk.pair({ pin: text, address }).catch((error: unknown) => {
        // What became of the exchange is heard as an event. Anything else leaves it waiting, to be asked for again.
        if (this.#address !== address) return;
        this.#address = undefined;
        this.#options.output.write(`${toPunktfunkError(error).advice}\n`);
        this.#ask(desk);
      });
    } else {
      this.#options.output.write(`A PIN has four digits. ${address} asks to pair. PIN (Enter refuses): `);
    }
  }
}

/** The terminal's foreground process group is ours (proc(5): stat, pgrp and tpgid). */
function inForeground(): boolean {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[2] === fields[5];
  } catch {
    return false;
  }
}
