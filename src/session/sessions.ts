// What runs on this host: at most one application and at most one stream of it. Launch, resume, cancel and the end of things go one after
// the other through one queue, so that no two of them meet half-way.

import type { App } from '../config/schema.ts';
import type { Display, DisplayKind, Output } from '../display/display.ts';
import { PunktfunkError, reasonOf, toPunktfunkError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import type { Logger } from '../log.ts';
import { type AppEnd, type AppProcess, type app_limits, startApp } from './app-process.ts';
import { type Launch, Session, type SessionOptions, termination } from './session.ts';

export interface RunnableApp extends App {
  readonly id: number;
}

export interface SessionsOptions
  extends Pick<
    SessionOptions,
    'ports' | 'module_dir' | 'runtime_dir' | 'makeEngine' | 'log' | 'events' | 'limits' | 'is_trusted'
  > {
  settings: SessionOptions['settings'];
  /** Opens the desktop that is streamed; asked again after it went away. The signal: nobody waits for it any more. */
  openDisplay: (signal: AbortSignal) => Promise<Display>;
  /** What an application's program gets besides the desktop's own variables. */
  app_environment: NodeJS.ProcessEnv;
  app_limits?: typeof app_limits;
}

const display_tries = 3;

interface RunningApp {
  app: RunnableApp;
  /** The desktop that it runs on, and ends with. */
  display: Display;
  process: AppProcess | undefined;
  /** A client was connected to it at some time: only then there is something to resume. */
  seen: boolean;
  /** As its launch said; a /resume of old clients does not (docs/gamestream.md, section 4). */
  host_audio: boolean;
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #log: Logger;
  #queue: Promise<unknown> = Promise.resolve();
  #opening: Promise<Display> | undefined;
  #display: Display | undefined;
  /** Desktops that went away and are still being cleared up: the next one may need their place. */
  #leaving: Promise<void> = Promise.resolve();
  #app: RunningApp | undefined;
  #session: Session | undefined;
  readonly #stopping = new AbortController();

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  /** The application that runs, watched or not. */
  get running(): RunnableApp | undefined {
    return this.#app?.app;
  }

  /** The stream that is on, from its launch to its end. */
  get current(): Session | undefined {
    return this.#session;
  }

  get #closing(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Opens the desktop ahead of the first launch. Throws DISPLAY_UNAVAILABLE; the next launch tries again. */
  async openDisplay(): Promise<Display> {
    if (this.#display) return this.#display;
    const { signal } = this.#stopping;
    this.#opening ??= this.#leaving.then(() => {
      signal.throwIfAborted();
      return this.#options.openDisplay(signal);
    });
    const opening = this.#opening;
    try {
      const display = await opening;
      if (this.#opening === opening) this.#keepDisplay(display);
      return display;
    } catch (error) {
      throw error instanceof PunktfunkError
        ? error
        : new PunktfunkError('DISPLAY_UNAVAILABLE', { reason: reasonOf(error) }, { cause: error });
    } finally {
      if (this.#opening === opening) this.#opening = undefined;
    }
  }

  /** The desktop that is open now, in words, and what it answers when it is asked. */
  async describeDisplay(): Promise<
    { kind: DisplayKind; description: string; trouble: string | undefined } | undefined
  > {
    const opening = this.#opening?.catch(() => undefined); // who opens it is told why it failed
    const display = (await opening) ?? this.#display;
    return display && { kind: display.kind, description: display.description, trouble: await display.ask() };
  }

  /**
   * /launch: starts the application and prepares a stream of it. Throws BUSY, APP_RUNNING, APP_FAILED, CLIENT_UNPAIRED, DISPLAY_UNAVAILABLE,
   * ENGINE_FAILED, RUNTIME_DIR_UNWRITABLE; nothing runs then that did not before.
   */
  launch(launch: Launch & { app: RunnableApp }): Promise<Session> {
    return this.#inTurn(async () => {
      this.#checkTrust(launch.client.fingerprint);
      await this.#makeWay(launch.client);
      if (this.#app?.seen === false) await this.#quit('the same client launched again', termination.none);
      if (this.#app) throw new PunktfunkError('APP_RUNNING', { title: this.#app.app.title });
      this.#checkProgram(launch.app);
      const display = await this.#chooseDisplay(false);
      const app: RunningApp = {
        app: launch.app,
        display,
        process: undefined,
        seen: false,
        host_audio: launch.host_audio ?? false,
      };
      const session = this.#prepare(launch, app);
      this.#app = app;
      try {
        await session.ready();
      } catch (error) {
        if (this.#app === app) this.#app = undefined;
        throw error;
      }
      return session;
    });
  }

  /** /resume: prepares a stream of the application that runs. Throws APP_NOT_RUNNING, and what launch() throws. */
  resume({ app_id, ...launch }: Omit<Launch, 'app'> & { app_id?: number | undefined }): Promise<Session> {
    return this.#inTurn(async () => {
      this.#checkTrust(launch.client.fingerprint);
      if (!this.#app) throw new PunktfunkError('APP_NOT_RUNNING');
      await this.#makeWay(launch.client);
      const app = this.#app;
      if (!app) throw new PunktfunkError('APP_NOT_RUNNING');
      const display = await this.#chooseDisplay(app.process !== undefined);
      if (this.#app !== app) throw new PunktfunkError('APP_NOT_RUNNING');
      app.display = display;
      app.host_audio = launch.host_audio ?? app.host_audio;
      const session = this.#prepare({ ...launch, app: app.app, host_audio: app.host_audio }, app);
      if (app_id !== undefined && app_id !== app.app.id) {
        const detail = `${launch.client.name} asked to resume another application; ${app.app.title} runs and is shown.`;
        session.tell('other_application', detail);
      }
      await session.ready();
      return session;
    });
  }

  /** /cancel: ends the stream, telling its client, and the application. Resolves when both are gone. Throws CLIENT_UNPAIRED. */
  cancel(fingerprint: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#checkTrust(fingerprint);
      await this.#quit('the application was quit', termination.graceful);
    });
  }

  /** Ends what a client that is no longer trusted has on; what of it waits for its turn is refused there. */
  async revoke(fingerprint: string): Promise<void> {
    if (this.#session?.launch.client.fingerprint === fingerprint)
      await this.#session.end('the client was unpaired', termination.graceful);
  }

  /** Ends everything, the desktop last. */
  close(): Promise<void> {
    this.#stopping.abort();
    return this.#inTurn(async () => {
      await this.#quit('the host is stopping', termination.graceful);
      const display = this.#display ?? (await this.#opening?.catch(() => undefined));
      this.#display = undefined;
      await display?.close();
      await this.#leaving;
    }, true);
  }

  /** `tidying`: a step that ends things, also when the host is stopping. */
  #inTurn<T>(step: () => Promise<T>, tidying = false): Promise<T> {
    const turn = this.#queue.then(() => {
      if (this.#closing && !tidying) throw new PunktfunkError('STREAM_REFUSED', { reason: 'the host is stopping' });
      return step();
    });
    this.#queue = turn.catch(() => {}); // told to whoever asked for the step
    return turn;
  }

  /** A step that ends things, which nobody waits for. */
  #tidyUp(step: () => Promise<void>): void {
    this.#inTurn(step, true).catch((error: unknown) => {
      this.#log.error({ event: 'not_tidied_up', err: error }, toPunktfunkError(error).advice);
    });
  }

  #checkTrust(fingerprint: string): void {
    if (!this.#options.is_trusted(fingerprint)) throw new PunktfunkError('CLIENT_UNPAIRED');
  }

  #keepDisplay(display: Display): void {
    this.#display = display;
    this.#options.events.tell({ type: 'display', step: 'opened', description: display.description });
    display.onGone((sentence) => this.#displayGone(display, sentence));
  }

  /** What is shown of a desktop and what runs on it end with it. */
  #displayGone(display: Display, sentence: string): void {
    if (this.#display !== display || this.#closing) return;
    this.#display = undefined;
    const { description } = display;
    this.#options.events.tell({ type: 'display', step: 'gone', description, reason: sentence.replace(/\.$/, '') });
    const app = this.#app;
    this.#app = undefined; // at once: what waits for its turn does not resume a program on a desktop that is gone
    void this.#session?.end('the desktop went away', termination.failed);
    this.#tidyUp(async () => app?.process?.stop());
    this.#leave(display);
  }

  /**
   * The desktop for a stream while none is on. It is asked each time whether it answers, and, unless a program runs on it, whether it is still
   * the one to choose: the session's own compositor comes back while the embedded desktop stands in for it. Throws DISPLAY_UNAVAILABLE.
   */
  async #chooseDisplay(runs_on_it: boolean): Promise<Display> {
    const trouble = this.#display && (await answerOf(this.#display));
    if (this.#display && trouble !== undefined) {
      // Who hangs may come back, and with it the work of the program.
      if (runs_on_it) throw new PunktfunkError('DISPLAY_UNAVAILABLE', { reason: trouble });
      this.#displayGone(this.#display, trouble);
    }
    const display = this.#display;
    if (display && !runs_on_it && !(await display.isFirstChoice().catch(() => false)) && this.#display === display) {
      this.#options.events.tell({ type: 'display', step: 'left', description: display.description });
      this.#display = undefined;
      this.#leave(display);
    }
    return this.openDisplay();
  }

  #leave(display: Display): void {
    this.#leaving = Promise.all([this.#leaving, display.close()]).then(
      () => {},
      (error: unknown) =>
        this.#log.warn({ event: 'display_not_closed', err: error }, `A desktop was not closed: ${reasonOf(error)}.`),
    );
  }

  /**
   * One stream at a time. The same client may take its own place: it comes back after a lost connection before the host noticed. Another one
   * may when nothing is heard of the first any more.
   */
  async #makeWay(by: Launch['client']): Promise<void> {
    const session = this.#session;
    if (!session) return;
    const { client } = session.launch;
    if (session.phase === 'ended') await session.ended;
    else if (client.fingerprint === by.fingerprint)
      await session.end('the same client launched again', termination.none);
    else if (session.unheard) await session.end(`it fell silent, and ${by.name} takes its place`, termination.none);
    else if (await session.hasLeft()) await session.ended;
    else {
      const doing = session.had_stream ? 'is streaming' : 'is about to stream';
      throw new PunktfunkError('BUSY', { client: client.name, doing });
    }
    this.#session = undefined;
  }

  /** The last step before a stream is there, without a wait in it. Throws with nothing begun. */
  #prepare(launch: Launch, app: RunningApp): Session {
    this.#checkTrust(launch.client.fingerprint);
    const { display } = app;
    if (this.#display !== display)
      throw new PunktfunkError('DISPLAY_UNAVAILABLE', { reason: 'it went away this moment; try again' });
    const onReady = async ({ environment }: Output) => {
      if (!app.process) await this.#startProgram(app, environment);
    };
    const session = new Session({ ...this.#options, launch, display, onReady });
    this.#session = session;
    this.#options.events.tell({ type: 'session', step: 'launched', session: session.named });
    void session.ended.then(() => {
      if (this.#session === session) this.#session = undefined;
      if (session.had_stream) app.seen = true;
      // Nothing was ever seen of it: clients would find the host busy for no reason.
      if (!app.seen) {
        this.#tidyUp(async () => {
          if (this.#app === app && !this.#session) await this.#quit('nobody came to see it', termination.none);
        });
      }
    });
    return session;
  }

  /** Seen at launch, while the client can still show the sentence. */
  #checkProgram({ title, command }: RunnableApp): void {
    const [program] = command ?? [];
    if (program === undefined || program.includes('/') || findProgram(program, this.#options.app_environment.PATH))
      return;
    throw new PunktfunkError('APP_FAILED', { title, reason: `${program} is not installed` });
  }

  async #startProgram(app: RunningApp, of_output: Output['environment']): Promise<void> {
    const { title, command } = app.app;
    if (!command) return;
    let started: AppProcess;
    try {
      const environment = { ...this.#options.app_environment, ...of_output };
      started = await startApp(command, environment, this.#log, this.#options.app_limits);
    } catch (error) {
      throw new PunktfunkError('APP_FAILED', { title, reason: reasonOf(error) }, { cause: error });
    }
    app.process = started;
    void started.ended.then((end) => this.#programEnded(app, end));
    if (this.#app !== app) await started.stop(); // quit while it was starting
  }

  /** A program that is over ends its stream, once the client can be told, and leaves the host free. */
  async #programEnded(app: RunningApp, { outcome, how }: AppEnd): Promise<void> {
    const { title } = app.app;
    // A program may notice before we do that its desktop is gone: then that is what ended.
    const trouble = this.#app === app ? await answerOf(app.display) : undefined;
    if (trouble !== undefined && this.#app === app) this.#displayGone(app.display, trouble);
    const wanted = this.#app !== app;
    const step = wanted || outcome === 'over' ? 'ended' : outcome === 'crashed' ? 'failed' : 'detached';
    this.#options.events.tell({ type: 'app', step, title, how });
    if (wanted || step === 'detached') return;
    await this.#session?.settled;
    this.#tidyUp(async () => {
      if (this.#app === app) await this.#quit(`${title} ended`, termination.graceful);
    });
  }

  async #quit(reason: string, reason_code: number): Promise<void> {
    const app = this.#app;
    this.#app = undefined;
    // Side by side: each may take its seconds, and a host that stops has few.
    await Promise.all([this.#session?.end(reason, reason_code), app?.process?.stop()]);
    this.#session = undefined;
  }
}

/** Why a desktop cannot be streamed, as the end of a sentence. A busy machine's is asked more than once before it is given up. */
async function answerOf(display: Display): Promise<string | undefined> {
  let trouble: string | undefined;
  for (let tries = 0; tries < display_tries; tries++) {
    trouble = await display.ask();
    if (trouble === undefined) return undefined;
  }
  return trouble;
}
