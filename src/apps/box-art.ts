// The pictures that a person gave to applications, a file each in the data directory.

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { removeUnfinished, writeFileAtomically } from '../files.ts';
import { cleanPng } from './png.ts';

export class BoxArt {
  readonly #directory: string;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(data_dir: string) {
    this.#directory = join(data_dir, 'box-art');
    removeUnfinished(this.#directory);
  }

  has(id: number): boolean {
    return existsSync(this.#path(id));
  }

  /** Undefined: it has none, or none that can be read. */
  read(id: number): Promise<Buffer | undefined> {
    return readFile(this.#path(id)).catch(() => undefined);
  }

  /** Keeps a PNG, made anew of its points; one at a time, as it takes memory. Throws PICTURE_REFUSED, DATA_NOT_WRITTEN. */
  keep(id: number, png: Buffer): Promise<void> {
    const turn = this.#turn.then(async () => {
      const clean = await cleanPng(png);
      try {
        mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      } catch (error) {
        throw new PunktfunkError('DATA_NOT_WRITTEN', { file: this.#directory, reason: reasonOf(error) });
      }
      writeFileAtomically(this.#path(id), clean);
    });
    this.#turn = turn.catch(() => {}); // told to whoever gave it
    return turn;
  }

  remove(id: number): void {
    rmSync(this.#path(id), { force: true });
  }

  #path(id: number): string {
    return join(this.#directory, `${id}.png`);
  }
}
