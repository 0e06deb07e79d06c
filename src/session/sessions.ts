// What runs on this host: at most one application and at most one stream of it. Launch, resume, cancel and the end of things go one after
// the other through one queue, so that no two of them meet half-way.

import type { App, Settings } from '../config/schema.ts';
import type { Display } from '../display/display.ts';
import { findProgram } from '../display/embedded.ts';
import { PunktfunkError, reasonOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type AppProcess, startApp } from './app-process.ts';
import { type Launch, Session, type SessionOptions, termination } from './session.ts';

export interface RunnableApp extends App {
  readonly id: number;
}

export interface SessionsOptions
  extends Pick<SessionOptions, 'ports' | 'module_dir' | 'runtime_dir' | 'makeEngine' | 'log' | 'limits'> {
  settings: Pick<Settings, 'bind' | 'fec_percent' | 'encoder_preset' | 'encryption'>;
  /** Opens the desktop that is streamed; asked again after it went away. */
  openDisplay: () => Promise<Display>;
  /** What an application's program gets besides the desktop's own variables. */
  app_environment: NodeJS.ProcessEnv;
}

interface RunningApp {
  app: RunnableApp;
  process: AppProcess | undefined;
  /** A client was connected to it at some time: only then there is something to resume. */
  seen: boolean;
  /** As its launch said; a /resume of old clients does not (docs/gamestream.md, section 4). */
  host_audio: boolean;
}

type LaunchOf<T> = Omit<Launch, 'app'> & { app: T };

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #log: Logger;
  #queue: Promise<unknown> = Promise.resolve();
  #display: Promise<Display> | undefined;
  #app: RunningApp | undefined;
  #session: Session | undefined;
  #closing = false;

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

  /** Opens the desktop ahead of the first launch. Throws DISPLAY_UNAVAILABLE; the next launch tries again. */
  async openDisplay(): Promise<Display> {
    if (this.#display) return this.#display;
    const opening = this.#options.openDisplay();
    this.#display = opening;
    try {
      const display = await opening;
      display.onGone((sentence) => {
        if (this.#display !== opening || this.#closing) return;
        this.#display = undefined;
        this.#log.error(
          { event: 'display_gone' },
          new PunktfunkError('DISPLAY_GONE', { reason: sentence.replace(/\.$/, '') }).advice,
        );
        void this.#session?.end('the desktop went away', termination.failed);
        void display.close().catch(() => {});
      });
      return display;
    } catch (error) {
      if (this.#display === opening) this.#display = undefined;
      throw error instanceof PunktfunkError
        ? error
        : new PunktfunkError('DISPLAY_UNAVAILABLE', { reason: reasonOf(error) }, { cause: error });
    }
  }

  /** The desktop that is open now, in words, and what it answers when it is asked. */
  async describeDisplay(): Promise<{ description: string; trouble: string | undefined } | undefined> {
    const display = await this.#display?.catch(() => undefined);
    return display && { description: display.description, trouble: await display.ask() };
  }

  /** /launch: starts the application and prepares a stream of it. Throws BUSY, APP_RUNNING, APP_FAILED, DISPLAY_UNAVAILABLE. */
  launch(launch: LaunchOf<RunnableApp>): Promise<Session> {
    return this.#inTurn(async () => {
      await this.#makeWay(launch.client.fingerprint);
      if (this.#app?.seen === false) await this.#quit('the same client launched again', termination.none);
      if (this.#app) throw new PunktfunkError('APP_RUNNING', { title: this.#app.app.title });
      this.#checkProgram(launch.app);
      const display = await this.openDisplay();
      this.#app = { app: launch.app, process: undefined, seen: false, host_audio: launch.host_audio ?? false };
      return this.#prepare(launch, display);
    });
  }

  /** /resume: prepares a stream of the application that runs. Throws APP_NOT_RUNNING, BUSY, DISPLAY_UNAVAILABLE. */
  resume(launch: LaunchOf<undefined>): Promise<Session> {
    return this.#inTurn(async () => {
      if (!this.#app) throw new PunktfunkError('APP_NOT_RUNNING');
      await this.#makeWay(launch.client.fingerprint);
      if (!this.#app) throw new PunktfunkError('APP_NOT_RUNNING');
      this.#app.host_audio = launch.host_audio ?? this.#app.host_audio;
      const { app, host_audio } = this.#app;
      return this.#prepare({ ...launch, app, host_audio }, await this.openDisplay());
    });
  }

  /** /cancel: ends the stream, telling its client, and the application. Resolves when both are gone. */
  cancel(): Promise<void> {
    return this.#inTurn(() => this.#quit('the application was quit', termination.graceful));
  }

  /** Ends what a client that is no longer trusted has on. */
  async revoke(fingerprint: string): Promise<void> {
    if (this.#session?.launch.client.fingerprint === fingerprint)
      await this.#session.end('the client was unpaired', termination.graceful);
  }

  /** Ends everything, the desktop last. */
  close(): Promise<void> {
    this.#closing = true;
    return this.#inTurn(async () => {
      await this.#quit('the host is stopping', termination.graceful);
      const display = await this.#display?.catch(() => undefined);
      this.#display = undefined;
      await display?.close();
    }, true);
  }

  #inTurn<T>(step: () => Promise<T>, last = false): Promise<T> {
    const turn = this.#queue.then(() => {
      if (this.#closing && !last) throw new PunktfunkError('STREAM_REFUSED', { reason: 'the host is stopping' });
      return step();
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** One stream at a time. The same client may take its own place: it comes back after a lost connection before the host noticed. */
  async #makeWay(fingerprint: string): Promise<void> {
    const session = this.#session;
    if (!session) return;
    const { client } = session.launch;
    if (client.fingerprint !== fingerprint) throw new PunktfunkError('BUSY', { client: client.name });
    await session.end('the same client launched again', termination.none);
    this.#session = undefined;
  }

  async #prepare(launch: Launch, display: Display): Promise<Session> {
    const app = this.#app;
    const onReady = async () => {
      if (app && !app.process) await this.#startProgram(app, display);
    };
    const session = new Session({ ...this.#options, launch, display, onReady });
    this.#session = session;
    void session.ended.then(() => {
      if (this.#session === session) this.#session = undefined;
      if (session.had_stream && app) app.seen = true;
      // Nothing was ever seen of it: clients would find the host busy for no reason.
      if (app?.seen === false && !this.#closing) {
        void this.#inTurn(async () => {
          if (this.#app === app && !this.#session) await this.#quit('nobody came to see it', termination.none);
        });
      }
    });
    await session.ready();
    return session;
  }

  /** Seen at launch, while the client can still show the sentence. */
  #checkProgram({ title, command }: RunnableApp): void {
    const [program] = command ?? [];
    if (program === undefined || program.includes('/') || findProgram(program, this.#options.app_environment.PATH))
      return;
    throw new PunktfunkError('APP_FAILED', { title, reason: `${program} is not installed` });
  }

  async #startProgram(app: RunningApp, display: Display): Promise<void> {
    const { title, command } = app.app;
    if (!command) return;
    try {
      app.process = await startApp(
        title,
        command,
        { ...this.#options.app_environment, ...display.environment },
        this.#log,
      );
    } catch (error) {
      throw new PunktfunkError('APP_FAILED', { title, reason: reasonOf(error) }, { cause: error });
    }
    if (this.#app !== app) await app.process.stop(); // quit while it was starting
  }

  async #quit(reason: string, reason_code: number): Promise<void> {
    await this.#session?.end(reason, reason_code);
    this.#session = undefined;
    const app = this.#app;
    this.#app = undefined;
    await app?.process?.stop();
  }
}
