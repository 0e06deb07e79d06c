// What runs on this host. Each client has at most one application of its own and at most one stream, which shows it; two clients that
// launch the same application have it twice. There are as many places as the desktop has outputs to lease and the host ports to send from:
// while one is free nobody is in another's way, and with none free a client may take over what nobody watches. Launch, resume, cancel and
// the end of things go one after the other through one queue, so that no two of them meet half-way.

import type { App, ListedApp } from '../config/app.ts';
import type { Farewell } from '../contract/endings.ts';
import type { Display, Mode, Output } from '../display/display.ts';
import { PunktfunkError, reasonOf, toPunktfunkError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import type { Logger } from '../log.ts';
import type { StreamPorts } from '../ports.ts';
import { type AppEnd, type AppProcess, type app_limits, startApp } from './app-process.ts';
import { CurrentDisplay } from './current-display.ts';
import type { Preparations, Prepared } from './preparation.ts';
import type { Preview, Previews } from './previews.ts';
import { type Launch, Session, type SessionOptions } from './session.ts';
import { type Trial, tryApp } from './trial.ts';

export interface SessionsOptions
  extends Pick<
    SessionOptions,
    'module_dir' | 'runtime_dir' | 'makeEngine' | 'log' | 'events' | 'limits' | 'isTrusted' | 'rightsOf'
  > {
  settings: SessionOptions['settings'];
  /** Of as many streams as there may be at once. */
  ports: readonly StreamPorts[];
  /** Why a stream could not use its ports at this moment. */
  refusedPort: (ports: StreamPorts) => Promise<PunktfunkError | undefined>;
  /** Opens the desktop that is streamed; asked again after it went away. The signal: nobody waits for it any more. */
  openDisplay: (signal: AbortSignal) => Promise<Display>;
  previews: Pick<Previews, 'take' | 'close'>;
  /** What an application's program gets besides the desktop's own variables. */
  app_environment: NodeJS.ProcessEnv;
  preparations: Preparations;
  app_limits?: typeof app_limits;
}

type Client = Launch['client'];

/** It is more than the desktop as it is. */
export const isProgram = ({ command, prepare }: App): boolean => command !== undefined || prepare !== undefined;

/** An application that runs, watched or not. */
interface Running {
  readonly app: ListedApp;
  /** Who launched it, or took it over. */
  owner: Client;
  /** Under this name its output is leased: whoever watches it finds what it left there. */
  readonly lessee: string;
  /** The desktop that it runs on, and ends with. */
  display: Display;
  process: AppProcess | undefined;
  readonly prepared: Prepared;
  /** The stream that shows it, until that is closed. */
  session: Session | undefined;
  /** A client was connected to it at some time: only then there is something to resume. */
  seen: boolean;
  /** As its launch said; a /resume of old clients does not (docs/gamestream.md, 4). */
  host_audio: boolean;
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #log: Logger;
  readonly #display: CurrentDisplay;
  #queue: Promise<unknown> = Promise.resolve();
  /** In the order of their launches. */
  readonly #running = new Set<Running>();
  /** From launch until everything of it is closed, whether or not its application still runs. */
  readonly #streams = new Map<Session, Running>();
  readonly #stopping = new AbortController();
  #trial: Promise<Trial> | undefined;
  /** How many look at each frame. */
  #frame_watchers = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#log = options.log;
    const { openDisplay, events, log } = options;
    const { signal: stopping } = this.#stopping;
    const onGone = this.#displayGone.bind(this);
    this.#display = new CurrentDisplay({ openDisplay, stopping, onGone, events, log });
  }

  /** The streams that are on, from their launch to their end. */
  list(): Session[] {
    return [...this.#streams.keys()];
  }

  /** The applications that run, watched or not. */
  apps(): { app: ListedApp; owner: Client; watched: boolean }[] {
    return [...this.#running].map(({ app, owner, session }) => ({ app, owner, watched: session !== undefined }));
  }

  /**
   * What a client sees as running, and what its resume or cancel means: its own application, or one whose owner is no longer paired. Where
   * no place is left it is another's, one that nobody watches before any other. Undefined: to this client the host is free.
   */
  shownTo(fingerprint: string | undefined): ListedApp | undefined {
    return this.#shownTo(fingerprint)?.app;
  }

  /** Opens the desktop ahead of the first launch. Throws DISPLAY_UNAVAILABLE; the next launch tries again. */
  openDisplay(): Promise<Display> {
    return this.#display.open();
  }

  describeDisplay(): ReturnType<CurrentDisplay['describe']> {
    return this.#display.describe();
  }

  /**
   * /launch: prepares the application and a stream of it. Throws BUSY, APP_RUNNING, APP_FAILED, CLIENT_UNPAIRED, RIGHT_MISSING,
   * DATA_NOT_WRITTEN, DISPLAY_UNAVAILABLE, ENGINE_FAILED, RUNTIME_DIR_UNWRITABLE, PORT_TAKEN; nothing runs then that did not before.
   */
  launch(launch: Launch & { app: ListedApp }): Promise<Session> {
    return this.#inTurn(async () => {
      const { client } = launch;
      this.#checkTrust(client.fingerprint);
      if (isProgram(launch.app)) this.#checkMayLaunch(client.fingerprint, 'start programs');
      await this.#endOwn(client);
      const in_the_way = this.#ownOf(client.fingerprint) ?? (this.#hasRoom() ? undefined : await this.#vacated(client));
      if (in_the_way?.seen) throw new PunktfunkError('APP_RUNNING', { title: in_the_way.app.title });
      if (in_the_way) await this.#quit(in_the_way, `${client.name} launched another application`, 'none');
      return this.#begin(launch);
    });
  }

  async #begin(launch: Launch & { app: ListedApp }): Promise<Session> {
    const { app, client } = launch;
    this.#checkProgram(app);
    const display = await this.#display.choose(this.#inUse());
    // While the client can still show the sentence.
    const prepared = await this.#options.preparations.prepare(app, display.environment, this.#stopping.signal);
    const running: Running = {
      app,
      owner: client,
      lessee: this.#lesseeFor(client),
      display,
      process: undefined,
      prepared,
      session: undefined,
      seen: false,
      host_audio: launch.host_audio ?? false,
    };
    try {
      const session = await this.#prepare(launch, running);
      await session.ready();
      return session;
    } catch (error) {
      this.#running.delete(running);
      await prepared.undo();
      throw error;
    }
  }

  /** /resume: prepares a stream of the application that the client sees. Throws APP_NOT_RUNNING, and what launch() throws. */
  resume({ app_id, ...launch }: Omit<Launch, 'app'> & { app_id?: number | undefined }): Promise<Session> {
    return this.#inTurn(async () => {
      const { client } = launch;
      this.#checkTrust(client.fingerprint);
      await this.#endOwn(client);
      const running = this.#ownOf(client.fingerprint) ?? (await this.#vacated(client));
      if (!running) throw new PunktfunkError('APP_NOT_RUNNING');
      const display = await this.#display.choose(this.#inUse());
      if (!this.#running.has(running)) throw new PunktfunkError('APP_NOT_RUNNING');
      const { app } = running;
      running.display = display;
      running.host_audio = launch.host_audio ?? running.host_audio;
      const session = await this.#prepare({ ...launch, app, host_audio: running.host_audio }, running);
      if (app_id !== undefined && app_id !== app.id)
        session.tell({ code: 'other_application', parameters: { client: client.name, title: app.title } });
      await session.ready();
      return session;
    });
  }

  /** /cancel: ends what the client sees as running, and its stream. Resolves when both are gone. Throws CLIENT_UNPAIRED, RIGHT_MISSING. */
  cancel(fingerprint: string): Promise<void> {
    return this.#inTurn(async () => {
      this.#checkTrust(fingerprint);
      const reason = 'the application was quit';
      const shown = this.#shownTo(fingerprint);
      if (shown && isProgram(shown.app)) this.#checkMayLaunch(fingerprint, 'quit programs');
      if (shown) await this.#quit(shown, reason, 'graceful');
      await this.#endStreams(({ client }) => client.fingerprint === fingerprint, reason, 'graceful');
    });
  }

  /** Ends the stream of a client that may no longer have it; what of it waits for its turn is refused there. */
  revoke(fingerprint: string, reason: string): Promise<void> {
    return this.#endStreams(({ client }) => client.fingerprint === fingerprint, reason, 'graceful');
  }

  /** The stream of this id. Throws STREAM_NOT_FOUND. */
  find(id: string): Session {
    const session = this.list().find((one) => one.id === id && one.phase !== 'ended');
    if (!session) throw new PunktfunkError('STREAM_NOT_FOUND', { id });
    return session;
  }

  /** From now on the reports of all streams tell of each frame, which costs a little. Returns what ends it. */
  watchFrames(): () => void {
    this.#countFrameWatchers(1);
    let ended = false;
    return () => {
      if (!ended) this.#countFrameWatchers(-1);
      ended = true;
    };
  }

  /** What this stream shows, as a picture of its own. Throws STREAM_NOT_FOUND, STREAM_NOT_WATCHED, and what Previews.take() throws. */
  async preview(id: string): Promise<Preview> {
    const { target, display } = this.find(id);
    if (!target) throw new PunktfunkError('STREAM_NOT_WATCHED');
    return this.#options.previews.take(display.environment, target);
  }

  /** What the desktop shows, streamed or not. Throws what Previews.take() throws; PREVIEW_FAILED where none is open. */
  async previewOfDesktop(): Promise<Preview> {
    const { display } = this.#display;
    if (!display) throw new PunktfunkError('PREVIEW_FAILED', { reason: 'no desktop is open' });
    return this.#options.previews.take(display.environment, display.video);
  }

  /** Ends everything, the desktop last. */
  close(): Promise<void> {
    this.#stopping.abort();
    return this.#inTurn(async () => {
      const reason = 'the host is stopping';
      await Promise.all([
        ...[...this.#running].map((running) => this.#quit(running, reason, 'graceful')),
        this.#endStreams(() => true, reason, 'graceful'),
      ]);
      await this.#trial?.catch(() => {}); // told to whoever asked for it
      await this.#options.previews.close();
      await this.#display.close();
    }, true);
  }

  /** Undoes what applications of a host that was killed had prepared. */
  settle(): void {
    this.#tidyUp(() => this.#options.preparations.settle(this.#display.display?.environment ?? {}));
  }

  /** Runs an application without a stream for some seconds. Throws APP_FAILED, TRIAL_RUNNING, DISPLAY_UNAVAILABLE. */
  async tryApp(app: App, cancelled: AbortSignal): Promise<Trial> {
    if (this.#trial !== undefined) throw new PunktfunkError('TRIAL_RUNNING');
    if (!app.command) throw new PunktfunkError('APP_FAILED', { title: app.title, reason: 'it has no command' });
    this.#checkProgram(app);
    const trial = this.#display.open().then((display) =>
      tryApp({
        app,
        desktop: display.environment,
        app_environment: this.#options.app_environment,
        preparations: this.#options.preparations,
        cancelled: AbortSignal.any([cancelled, this.#stopping.signal]),
        log: this.#log,
        ...(this.#options.app_limits && { limits: this.#options.app_limits }),
      }),
    );
    this.#trial = trial;
    try {
      return await trial;
    } finally {
      this.#trial = undefined;
    }
  }

  #countFrameWatchers(more: 1 | -1): void {
    const before = this.#frame_watchers;
    this.#frame_watchers += more;
    const on = this.#frame_watchers > 0;
    if (on !== before > 0) for (const session of this.list()) session.watchFrames(on);
  }

  /** `tidying`: a step that ends things, also when the host is stopping. */
  #inTurn<T>(step: () => Promise<T>, tidying = false): Promise<T> {
    const turn = this.#queue.then(() => {
      if (this.#stopping.signal.aborted && !tidying)
        throw new PunktfunkError('STREAM_REFUSED', { reason: 'the host is stopping' });
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
    if (!this.#options.isTrusted(fingerprint)) throw new PunktfunkError('CLIENT_UNPAIRED');
  }

  #checkMayLaunch(fingerprint: string, what: string): void {
    if (!this.#options.rightsOf(fingerprint).launch) throw new PunktfunkError('RIGHT_MISSING', { what });
  }

  /** One more application fits. */
  #hasRoom(): boolean {
    const outputs = this.#display.display?.capabilities.max_outputs ?? 1;
    return this.#running.size < Math.min(outputs, this.#options.ports.length);
  }

  #ownOf(fingerprint: string | undefined): Running | undefined {
    return [...this.#running].find(({ owner }) => owner.fingerprint === fingerprint);
  }

  /** What a client without an application of its own may have, best first: nobody's, then, with no place left, anybody's. */
  #candidates(): Running[] {
    const orphans = [...this.#running].filter(({ owner }) => !this.#options.isTrusted(owner.fingerprint));
    if (orphans.length > 0 || this.#hasRoom()) return orphans;
    const isOn = ({ session }: Running) => Number(session !== undefined && session.phase !== 'ended');
    return [...this.#running].sort((one, other) => isOn(one) - isOn(other));
  }

  #shownTo(fingerprint: string | undefined): Running | undefined {
    return this.#ownOf(fingerprint) ?? this.#candidates()[0];
  }

  /** A name for an output that no other application's has. */
  #lesseeFor({ id }: Client): string {
    const taken = new Set([...this.#running].map(({ lessee }) => lessee));
    let name = id;
    for (let count = 2; taken.has(name); count++) name = `${id}-${count}`;
    return name;
  }

  /** A program runs on the desktop, or a stream shows it. */
  #inUse(): boolean {
    return [...this.#running].some(({ process, session }) => process !== undefined || session !== undefined);
  }

  /** What is shown of a desktop and what runs on it end with it. */
  #displayGone(display: Display): void {
    const gone = [...this.#running].filter((running) => running.display === display);
    // At once: what waits for its turn does not resume a program on a desktop that is gone.
    for (const running of gone) this.#running.delete(running);
    for (const [session, running] of this.#streams)
      if (running.display === display) void session.end('the desktop went away', 'failed');
    this.#tidyUp(async () => {
      await Promise.all(
        gone.map(async ({ process, prepared }) => {
          await process?.stop();
          await prepared.undo();
        }),
      );
    });
  }

  /** The same of one output, when the desktop and its other ones are there. */
  #outputGone(running: Running, sentence: string): void {
    const reason = `its desktop went away: ${sentence}`;
    void running.session?.end(reason, 'failed');
    this.#tidyUp(async () => {
      if (this.#running.has(running)) await this.#quit(running, reason, 'failed');
    });
  }

  async #endStreams(which: (launch: Launch) => boolean, reason: string, farewell: Farewell): Promise<void> {
    const sessions = this.list().filter(({ launch }) => which(launch));
    await Promise.all(sessions.map((session) => session.end(reason, farewell)));
  }

  /** A client takes its own place: it comes back after a lost connection before the host noticed. */
  #endOwn({ fingerprint }: Client): Promise<void> {
    const reason = 'the same client launched again';
    return this.#endStreams(({ client }) => client.fingerprint === fingerprint, reason, 'none');
  }

  /**
   * An application that `by` may have, without a stream: none shows it, or its client has left, or nothing is heard of it any more.
   * Undefined: there is none, and a place is free. Throws BUSY.
   */
  async #vacated(by: Client): Promise<Running | undefined> {
    const candidates = this.#candidates();
    for (const running of candidates) {
      const { session } = running;
      if (session?.unheard) await session.end(`it fell silent, and ${by.name} takes its place`, 'none');
      else if (session && !(await session.hasLeft())) continue;
      await session?.ended;
      return this.#running.has(running) ? running : undefined;
    }
    const session = candidates[0]?.session;
    if (!session) return undefined;
    const doing = session.had_stream ? 'is streaming' : 'is about to stream';
    throw new PunktfunkError('BUSY', { client: session.launch.client.name, doing });
  }

  /** The ports of a stream that is to begin: the first that no other uses and the machine gives. Throws PORT_TAKEN. */
  async #freePorts(): Promise<StreamPorts> {
    const used = new Set(this.list().map(({ ports }) => ports));
    let refused: PunktfunkError | undefined;
    for (const ports of this.#options.ports) {
      if (used.has(ports)) continue;
      const error = await this.#options.refusedPort(ports);
      if (!error) return ports;
      refused ??= error;
    }
    throw refused ?? new PunktfunkError('INTERNAL', { reason: 'more streams than ports' });
  }

  /** The last step before a stream is there. Throws with nothing begun. */
  async #prepare(launch: Launch, running: Running): Promise<Session> {
    // What is still closing has its output and its ports.
    await Promise.all(this.list().map((session) => session.phase === 'ended' && session.ended));
    const ports = await this.#freePorts();
    // From here on without a wait.
    this.#checkTrust(launch.client.fingerprint);
    const { display } = running;
    if (this.#display.display !== display)
      throw new PunktfunkError('DISPLAY_UNAVAILABLE', { reason: 'it went away this moment; try again' });
    const session = new Session({
      ...this.#options,
      framesWatched: () => this.#frame_watchers > 0,
      launch,
      ports,
      display,
      lease: (mode) => this.#lease(running, mode, launch),
      onReady: async (output) => {
        if (!running.process) await this.#startProgram(running, output);
      },
    });
    running.owner = launch.client;
    running.session = session;
    this.#running.add(running);
    this.#streams.set(session, running);
    this.#options.events.tell({ type: 'session', step: 'launched', session: session.named });
    void session.ended.then(() => this.#sessionEnded(session, running));
    return session;
  }

  async #lease(running: Running, mode: Mode, { client, may_change_mode }: Launch): Promise<Output> {
    const { display, lessee } = running;
    const output = await display.lease(mode, { id: lessee, name: client.name }, may_change_mode ?? true);
    void output.gone.then((sentence) => this.#outputGone(running, sentence));
    return output;
  }

  #sessionEnded(session: Session, running: Running): void {
    this.#streams.delete(session);
    running.session = undefined;
    if (session.had_stream) running.seen = true;
    if (running.seen) return;
    // Nothing was ever seen of it: clients would find the host busy for no reason.
    this.#tidyUp(async () => {
      if (this.#running.has(running) && !running.session) await this.#quit(running, 'nobody came to see it', 'none');
    });
  }

  /** Seen at launch, while the client can still show the sentence. */
  #checkProgram({ title, command, environment }: App): void {
    const [program] = command ?? [];
    if (
      program === undefined ||
      program.includes('/') ||
      findProgram(program, environment?.PATH ?? this.#options.app_environment.PATH)
    )
      return;
    throw new PunktfunkError('APP_FAILED', { title, reason: `${program} is not installed` });
  }

  async #startProgram(running: Running, output: Output): Promise<void> {
    const { title, command, working_directory, environment: own } = running.app;
    if (!command) return;
    let started: AppProcess;
    try {
      const environment = { ...this.#options.app_environment, ...output.environment, ...own };
      started = await startApp({ command, environment, working_directory }, this.#log, this.#options.app_limits);
    } catch (error) {
      throw new PunktfunkError('APP_FAILED', { title, reason: reasonOf(error) }, { cause: error });
    }
    running.process = started;
    void started.ended.then((end) => this.#programEnded(running, end));
    if (!this.#running.has(running)) await started.stop(); // quit while it was starting
  }

  /** A program that is over ends its stream, once the client can be told, and leaves its place free. */
  async #programEnded(running: Running, { outcome, how }: AppEnd): Promise<void> {
    const { title } = running.app;
    if (this.#running.has(running)) await this.#display.check(running.display);
    const wanted = !this.#running.has(running);
    const step = wanted || outcome === 'over' ? 'ended' : outcome === 'crashed' ? 'failed' : 'detached';
    this.#options.events.tell({ type: 'app', step, title, how });
    if (wanted || step === 'detached') return;
    await running.session?.settled;
    this.#tidyUp(async () => {
      if (this.#running.has(running)) await this.#quit(running, `${title} ended`, 'graceful');
    });
  }

  async #quit(running: Running, reason: string, farewell: Farewell): Promise<void> {
    this.#running.delete(running);
    // Side by side: each may take its seconds, and a host that stops has few.
    await Promise.all([running.session?.end(reason, farewell), running.process?.stop()]);
    await running.prepared.undo();
    // Nobody waits for it: whoever leases there next does.
    running.display.forget(running.lessee).catch((error: unknown) => {
      this.#log.warn({ event: 'not_forgotten', err: error }, `What a client left was not ended: ${reasonOf(error)}.`);
    });
  }
}
