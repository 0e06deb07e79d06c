// The pictures that a person gave to applications, a file each in the data directory.

import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PunktfunkError, reasonOf } from '../errors.ts';
import { removeUnfinished, writeFileAtomically } from '../files.ts';
import type { Logger } from '../log.ts';
import { readPlainFileAside } from '../plain-file.ts';
import { cleanPng, max_png_bytes } from './png.ts';

/** What was made anew of a picture may be larger than it came. */
const max_file_bytes = 16 * max_png_bytes;

export class BoxArt {
  readonly #directory: string;
  readonly #log: Logger;
  /** Of which it was told that they are not read. */
  readonly #refused = new Set<number>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(data_dir: string, log: Logger) {
    this.#directory = join(data_dir, 'box-art');
    this.#log = log;
    removeUnfinished(this.#directory);
  }

  has(id: number): boolean {
    try {
      return lstatSync(this.#path(id)).isFile();
    } catch {
      return false;
    }
  }

  /** Undefined: it has none, or none that can be read, which is told once. */
  async read(id: number): Promise<Buffer | undefined> {
    try {
      return await readPlainFileAside(this.#path(id), max_file_bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#refuse(id, error);
      return undefined;
    }
  }

  #refuse(id: number, error: unknown): void {
    if (this.#refused.has(id)) return;
    this.#refused.add(id);
    this.#log.warn(
      { event: 'box_art_unread', id },
      `${this.#path(id)} is not read: ${reasonOf(error)}. The application has a drawn picture; remove the file, or give another picture.`,
    );
  }

  /** Keeps a PNG, made anew of its points; one at a time, as it takes memory. Throws PICTURE_REFUSED, DATA_NOT_WRITTEN. */
  keep(id: number, png: Buffer): Promise<void> {
    const turn = this.#turn.then(async () => {
      const clean = await cleanPng(png);
      try {
        mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      } catch (error) {
        throw notWritten(this.#directory, error);
      }
      writeFileAtomically(this.#path(id), clean);
      this.#refused.delete(id);
    });
    this.#turn = turn.catch(() => {}); // told to whoever gave it
    return turn;
  }

  /** Throws DATA_NOT_WRITTEN. */
  remove(id: number): void {
    try {
      rmSync(this.#path(id), { force: true });
    } catch (error) {
      throw notWritten(this.#path(id), error);
    }
  }

  #path(id: number): string {
    return join(this.#directory, `${id}.png`);
  }
}

const notWritten = (file: string, error: unknown) =>
  new PunktfunkError('DATA_NOT_WRITTEN', { file, reason: reasonOf(error) }, { cause: error });
