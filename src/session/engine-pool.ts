// One engine more than is needed, loaded and waiting: the next launch, and whoever takes over after a crash, has it at once.

import type { EngineMessage } from '../contract/messages.ts';
import type { Logger } from '../log.ts';
import type { EngineProcess } from './engine-process.ts';

type Environment = Readonly<NodeJS.ProcessEnv>;
type Listener = (message: EngineMessage) => void;

export const pool_limits = {
  /** Between two questions whether the one that waits lives; whoever takes it asks, too. */
  ask_ms: 10_000,
  /** From fork to `loaded`: one that is slower is not waited for. A fresh one has more time (engine_limits), having no other after it. */
  load_ms: 3_000,
  /** After the death of one that waited; twice as long after each further one. */
  pause_ms: 1_000,
  max_pause_ms: 60_000,
  /** One that waited so long before it died was no failure of waiting. */
  settled_ms: 60_000,
};

export interface EnginePoolOptions {
  fork: (environment: Environment, onMessage: Listener) => EngineProcess;
  /** False: each engine is forked when it is needed. */
  keeps_spare: boolean;
  log: Logger;
  limits?: typeof pool_limits;
}

interface Spare {
  engine: EngineProcess;
  since_ms: number;
  asking: NodeJS.Timeout;
  environment: Environment;
  hand: (listener: Listener) => void;
}

const same = (a: Environment, b: Environment): boolean => {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
};

export class EnginePool {
  readonly #options: EnginePoolOptions;
  readonly #limits: typeof pool_limits;
  /** Of the desktop that is streamed: an engine finds it by what it was forked with. */
  #environment: Environment | undefined;
  #spare: Spare | undefined;
  #pause_ms: number;
  #again: NodeJS.Timeout | undefined;
  #closed = false;
  #keeps_spare: boolean;

  constructor(options: EnginePoolOptions) {
    this.#options = options;
    this.#limits = options.limits ?? pool_limits;
    this.#pause_ms = this.#limits.pause_ms;
    this.#keeps_spare = options.keeps_spare;
  }

  keepSpare(keeps: boolean): void {
    this.#keeps_spare = keeps;
    if (keeps) this.#makeSpare();
    else void this.#dismiss();
  }

  /** The one that waits. */
  get spare(): EngineProcess | undefined {
    return this.#spare?.engine;
  }

  /** From now on one waits that reaches this desktop. */
  prepare(environment: Environment): void {
    this.#reach(environment);
    this.#makeSpare();
  }

  /** The engine that waits, or a new one. That it lives is known when it is ready(). */
  take(environment: Environment, onMessage: Listener): EngineProcess {
    this.#reach(environment);
    clearTimeout(this.#again);
    const spare = this.#usableSpare();
    // The next one is made when this one has shown a picture, or is over: its start has the machine for itself.
    const listener: Listener = (message) => {
      if (message.type === 'first_frame') this.#makeSpare();
      onMessage(message);
    };
    spare?.hand(listener);
    const engine = spare?.engine ?? this.#options.fork(environment, listener);
    void engine.ended.then(() => this.#makeSpare());
    return engine;
  }

  /** Ends the one that waits. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#dismiss();
  }

  /** One that waits for another desktop is of no use. */
  #reach(environment: Environment): void {
    this.#environment = environment;
    if (this.#spare && !same(this.#spare.environment, environment)) void this.#dismiss();
  }

  #dismiss(): Promise<void> {
    clearTimeout(this.#again);
    return this.#removeSpare()?.engine.stop() ?? Promise.resolve();
  }

  #removeSpare(): Spare | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    clearInterval(spare?.asking);
    return spare;
  }

  #usableSpare(): Spare | undefined {
    const spare = this.#removeSpare();
    if (!spare || spare.engine.is_loaded || performance.now() - spare.since_ms <= this.#limits.load_ms) return spare;
    spare.engine.kill('it did not load in time');
    return undefined;
  }

  #makeSpare(): void {
    const { fork, log } = this.#options;
    const environment = this.#environment;
    if (!this.#keeps_spare || this.#closed || this.#spare || !environment) return;
    let listener: Listener = () => {};
    let engine: EngineProcess;
    try {
      engine = fork(environment, (message) => listener(message));
    } catch (error) {
      log.debug({ event: 'no_spare_engine', err: error }, 'No engine could be made ready.');
      this.#tryLater();
      return;
    }
    const since_ms = performance.now();
    const ask = () => void engine.ready().catch(() => {}); // its end is told below
    const asking = setInterval(ask, this.#limits.ask_ms).unref();
    const spare: Spare = { engine, since_ms, asking, environment, hand: (to) => (listener = to) };
    this.#spare = spare;
    void engine.ended.then(({ reason }) => {
      if (this.#spare !== spare) return;
      this.#removeSpare();
      log.debug({ event: 'spare_engine_ended', reason }, `The engine that waited is gone: ${reason}.`);
      if (performance.now() - since_ms > this.#limits.settled_ms) this.#pause_ms = this.#limits.pause_ms;
      this.#tryLater();
    });
  }

  #tryLater(): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#makeSpare(), this.#pause_ms).unref();
    this.#pause_ms = Math.min(this.#pause_ms * 2, this.#limits.max_pause_ms);
  }
}
