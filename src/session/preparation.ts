// What an application asks to be done before its program starts, and undone when it is over, whatever ended it. What is to be undone is in
// a note in the data directory before the first of it is done: where the host is killed, the next one does it.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { App, CommandLine } from '../config/app.ts';
import { Deadline } from '../deadline.ts';
import { PunktfunkError, reasonOf, toPunktfunkError } from '../errors.ts';
import { writeFileAtomically } from '../files.ts';
import type { Logger } from '../log.ts';
import { readDataFile } from '../trust/data-file.ts';
import { startApp } from './app-process.ts';
import { FirstOutput, lastLine } from './first-output.ts';

export const preparation_limits = {
  /** All that is done before a launch: the client waits, and whoever else launches. */
  prepare_ms: 30_000,
  /** Each step that is undone. */
  undo_ms: 10_000,
};

const { title, working_directory, environment } = App.properties;
const Owed = Type.Object(
  { title, working_directory, environment, undo: Type.Array(CommandLine, { maxItems: 16 }) },
  { additionalProperties: false },
);
type Owed = Static<typeof Owed>;
const Note = Type.Object(
  { version: Type.Literal(1), owed: Type.Array(Owed, { maxItems: 64 }) },
  { additionalProperties: false },
);

/** What was done for one launch. */
export interface Prepared {
  /** Does what is to be done now that it is over. Never throws; a second call waits for the first. */
  undo(): Promise<void>;
}

export interface PreparationsOptions {
  data_dir: string;
  /** What programs get besides the desktop's own variables. */
  app_environment: NodeJS.ProcessEnv;
  log: Logger;
  limits?: typeof preparation_limits;
}

interface Failure {
  /** As the end of a sentence. */
  how: string;
  /** It did not end by itself. */
  cut_short: boolean;
}

/** Its arguments may be passwords, which no log is to hold. */
const nameOf = ([program = '']: CommandLine): string => program.slice(0, 256);

type Environment = Readonly<Record<string, string>>;

export class Preparations {
  readonly #options: PreparationsOptions;
  readonly #limits: typeof preparation_limits;
  readonly #path: string;
  readonly #owed = new Set<Owed>();

  constructor(options: PreparationsOptions) {
    this.#options = options;
    this.#limits = options.limits ?? preparation_limits;
    this.#path = join(options.data_dir, 'undo.json');
  }

  /** Throws APP_FAILED when a step fails or `stopping` comes, DATA_NOT_WRITTEN; what was done before is undone then. */
  async prepare(app: App, desktop: Environment, stopping: AbortSignal): Promise<Prepared> {
    const { title, working_directory, environment = {}, prepare = [] } = app;
    const owed: Owed = { title, environment, undo: [], ...(working_directory !== undefined && { working_directory }) };
    const prepared = this.#undoOnce(owed, desktop);
    const until_ms = performance.now() + this.#limits.prepare_ms;
    try {
      for (const [index, step] of prepare.entries()) {
        if (step.undo) this.#note(owed, [step.undo, ...owed.undo]);
        const failure = step.do && (await this.#run(step.do, owed, desktop, until_ms - performance.now(), stopping));
        if (failure === undefined) continue;
        // One that was cut short may have done half of it.
        if (step.undo && !failure.cut_short) owed.undo.shift();
        throw new PunktfunkError('APP_FAILED', {
          title,
          reason: `step ${index + 1} of its preparation, ${nameOf(step.do ?? [])}: ${failure.how}`,
        });
      }
    } catch (error) {
      await prepared.undo();
      throw error;
    }
    return prepared;
  }

  /** Undoes what a host that was killed could not. */
  async settle(desktop: Environment): Promise<void> {
    let note: Static<typeof Note> | undefined;
    try {
      note = readDataFile(this.#path, Note, 'what is to be undone', {
        consequence: 'what applications had prepared stays as it is',
      });
    } catch (error) {
      this.#options.log.warn({ event: 'not_undone' }, toPunktfunkError(error).advice);
    }
    for (const owed of note?.owed ?? []) this.#owed.add(owed);
    for (const owed of note?.owed ?? []) {
      this.#options.log.info({ event: 'undone_late', title: owed.title }, `${owed.title}: what it had done is undone`);
      await this.#undoOnce(owed, desktop).undo();
    }
  }

  #undoOnce(owed: Owed, desktop: Environment): Prepared {
    let done: Promise<void> | undefined;
    return { undo: () => (done ??= this.#undo(owed, desktop)) };
  }

  async #undo(owed: Owed, desktop: Environment): Promise<void> {
    const { log } = this.#options;
    for (const command of owed.undo) {
      const failure = await this.#run(command, owed, desktop, this.#limits.undo_ms);
      if (failure !== undefined)
        log.warn(
          { event: 'not_undone', title: owed.title },
          `${owed.title}: ${nameOf(command)} was to be done at its end and failed: ${failure.how}`,
        );
    }
    if (!this.#owed.delete(owed)) return;
    try {
      this.#save();
    } catch (error) {
      log.warn({ event: 'undone_twice', err: error }, `It will be undone a second time: ${reasonOf(error)}`);
    }
  }

  #note(owed: Owed, undo: Owed['undo']): void {
    const before = owed.undo;
    owed.undo = undo;
    this.#owed.add(owed);
    try {
      this.#save();
    } catch (error) {
      owed.undo = before;
      throw error;
    }
  }

  #save(): void {
    if (this.#owed.size === 0) rmSync(this.#path, { force: true });
    else writeFileAtomically(this.#path, `${JSON.stringify({ version: 1, owed: [...this.#owed] })}\n`);
  }

  /** Undefined when it ended well. What it started may go on. */
  async #run(
    command: CommandLine,
    { environment, working_directory }: Owed,
    desktop: Environment,
    limit_ms: number,
    stopping?: AbortSignal,
  ): Promise<Failure | undefined> {
    const output = new FirstOutput();
    const cut = Promise.withResolvers<string>();
    const deadline = new Deadline();
    const onStop = () => cut.resolve('the host is stopping');
    if (stopping?.aborted) return { how: 'the host is stopping', cut_short: false };
    try {
      const program = await startApp(
        {
          command,
          environment: { ...this.#options.app_environment, ...desktop, ...environment },
          working_directory,
          onOutput: output.take.bind(output),
        },
        this.#options.log,
      );
      deadline.set(Math.max(limit_ms, 0), () => cut.resolve('it took too long'));
      stopping?.addEventListener('abort', onStop);
      const end = await Promise.race([program.exited, cut.promise]);
      if (typeof end === 'string') {
        await program.stop();
        return { how: end, cut_short: true };
      }
      const said = lastLine(output.text);
      return end.well ? undefined : { how: `${end.how}${said === '' ? '' : ` ("${said}")`}`, cut_short: false };
    } catch (error) {
      return { how: reasonOf(error), cut_short: false };
    } finally {
      deadline.clear();
      stopping?.removeEventListener('abort', onStop);
    }
  }
}
