// Pictures of desktops for a person's page, by an engine of its own that streams nothing and has the machine's lowest priority. It is there
// while somebody looks, and ends a while after.

import { setPriority } from 'node:os';
import type { PreviewPicture } from '../contract/preview.ts';
import type { VideoTarget } from '../contract/video.ts';
import { PunktfunkError } from '../errors.ts';
import type { EngineProcess } from './engine-process.ts';

export const preview_limits = {
  max_width_px: 640,
  /** Who asks again sooner gets the same picture. */
  fresh_ms: 1_000,
  /** Without a question the engine ends. */
  idle_ms: 10_000,
};

const lowest_priority = 19;

/** Of the desktop's variables, which an engine needs to reach it. */
type Environment = Readonly<Record<string, string>>;

export interface PreviewsOptions {
  fork: (environment: Environment) => EngineProcess;
  limits?: typeof preview_limits;
}

/** A JPEG file. */
export interface Preview {
  width: number;
  height: number;
  jpeg: Buffer;
  taken_at: Date;
}

export class Previews {
  readonly #options: PreviewsOptions;
  readonly #limits: typeof preview_limits;
  #taker: { engine: EngineProcess; environment: Environment } | undefined;
  /** By what they show; a picture that is on its way is everybody's who asks. */
  readonly #newest = new Map<string, { asked_ms: number; preview: Promise<Preview> }>();
  /** Pictures that are being taken. */
  #taking = 0;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PreviewsOptions) {
    this.#options = options;
    this.#limits = options.limits ?? preview_limits;
  }

  /** The newest picture of it, at most one a second. Throws PREVIEW_IMPOSSIBLE, PREVIEW_FAILED, ENGINE_FAILED. */
  async take(environment: Environment, target: VideoTarget): Promise<Preview> {
    if (target.kind === 'portal') throw new PunktfunkError('PREVIEW_IMPOSSIBLE');
    if (this.#closed) throw new PunktfunkError('PREVIEW_FAILED', { reason: 'the host is stopping' });
    const of = JSON.stringify(target);
    const known = this.#newest.get(of);
    if (known && performance.now() - known.asked_ms < this.#limits.fresh_ms) return known.preview;
    clearTimeout(this.#idle);
    const preview = this.#engineFor(environment).takePreview(target, this.#limits.max_width_px).then(previewOf);
    this.#newest.set(of, { asked_ms: performance.now(), preview });
    this.#taking++;
    try {
      return await preview;
    } finally {
      this.#taking--;
      if (this.#taking === 0) this.#endWhenIdle();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#end();
  }

  /** The one that takes them: another desktop is reached by another one, and one that died is followed by the next. */
  #engineFor(environment: Environment): EngineProcess {
    const taker = this.#taker;
    if (taker && sameVariables(taker.environment, environment)) return taker.engine;
    void taker?.engine.stop();
    const engine = this.#options.fork(environment);
    yieldToOthers(engine);
    const made = { engine, environment };
    this.#taker = made;
    void engine.ended.then(() => {
      if (this.#taker === made) this.#taker = undefined;
    });
    return engine;
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#end(), this.#limits.idle_ms).unref();
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    this.#newest.clear();
    const taker = this.#taker;
    this.#taker = undefined;
    await taker?.engine.stop();
  }
}

/** Its threads that follow, too. One that has died meanwhile says so itself. */
function yieldToOthers({ pid }: EngineProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, lowest_priority);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SYSTEM_ERROR') throw error;
  }
}

function previewOf({ width, height, jpeg_base64 }: PreviewPicture): Preview {
  return { width, height, jpeg: Buffer.from(jpeg_base64, 'base64'), taken_at: new Date() };
}

function sameVariables(one: Environment, other: Environment): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}
