// One stream, from /launch to its end:
//
//   launched → starting → started → (client connected) → streaming → ended
//
// The engine is forked at launch so that it is warm when the client says what it wants. When an engine dies, the next one gets the same
// start message and the same checkpoint, and the client keeps its session; three deaths within ten seconds end it. One that dies before it
// has begun, be it the spare in the moment in which it is taken, costs no launch either.

import { randomBytes } from 'node:crypto';
import type { Ending, Farewell } from '../contract/endings.ts';
import type { EngineMessage, Start } from '../contract/messages.ts';
import { ended_problems, type Failure } from '../contract/problems.ts';
import type { Figures, Statistics } from '../contract/statistics.ts';
import { codec_names, type VideoTarget } from '../contract/video.ts';
import { Deadline, inTime } from '../deadline.ts';
import type { Display, Mode, Output } from '../display/display.ts';
import { PunktfunkError, problemReport, reasonOf, type Shortcoming, toPunktfunkError } from '../errors.ts';
import type { HostEvents, NamedSession, Pictures, StreamProblem } from '../events.ts';
import type { Logger } from '../log.ts';
import type { StreamPorts } from '../ports.ts';
import type { Rights } from '../trust/clients.ts';
import { makeCheckpoint } from './checkpoint.ts';
import type { EngineEnd, EngineProcess } from './engine-process.ts';
import { PictureWatch, picturesOf } from './pictures.ts';
import { type PlanSettings, type StreamPlan, startMessage } from './plan.ts';

/** Problems of different kinds that a session remembers: more than engines know, and bounded whatever one sends. */
const max_problems = 32;

export const session_limits = {
  /** From the launch's reply to the client's control connection. */
  launch_ms: 20_000,
  /** For the desktop to take its own mode back; a desktop that hangs does not keep the next client out. */
  restore_ms: 5_000,
  deaths: 3,
  deaths_within_ms: 10_000,
  /** From a client's goodbye to its end, which the engine believes after a second without a ping. */
  leaving_ms: 3_000,
  /** Reports of the engine, one a second, without a word of the client in between, which sends ten a second (docs/gamestream.md, 8). */
  unheard_reports: 2,
};

/** Reasons an engine gives for ending by itself that are the client's doing. */
const client_endings: Readonly<Partial<Record<Ending, string>>> = {
  client_quit: 'the client left',
  client_timeout: 'the client vanished',
  connect_timeout: 'the client did not connect',
};

const problemOf = (told: Failure | Shortcoming): StreamProblem => ({ ...told, detail: problemReport(told).advice });

export interface Launch {
  app: { id: number; title: string };
  client: { id: string; name: string; fingerprint: string };
  client_address: string;
  /** The address of this machine that the client reached: its streams answer from there. */
  host_address: string;
  /** Sound plays on this machine too; undefined: the client did not say. */
  host_audio: boolean | undefined;
  /** The desktop's mode may follow the client's; undefined: the client did not say. */
  may_change_mode: boolean | undefined;
}

/** What a session needs of an engine. */
export type Engine = Pick<
  EngineProcess,
  'pid' | 'ready' | 'start' | 'stop' | 'ended' | 'requestIdr' | 'setBitrate' | 'watchFrames'
>;

export interface SessionOptions {
  launch: Launch;
  display: Display;
  settings: PlanSettings;
  /** Its own while it is there. */
  ports: StreamPorts;
  module_dir: string;
  runtime_dir: string;
  makeEngine: (desktop: Pick<Display, 'environment'>, onMessage: (message: EngineMessage) => void) => Engine;
  /** Takes an output of the desktop in the client's mode. */
  lease: (mode: Mode) => Promise<Output>;
  /** Called once, when the desktop has the client's mode and sound goes to it: what starts now, starts right. */
  onReady: (output: Output) => Promise<void>;
  /** Whether a certificate is paired at this moment: asked again after each wait. */
  isTrusted: (fingerprint: string) => boolean;
  /** What it may do at this moment: the same. */
  rightsOf: (fingerprint: string) => Rights;
  /** Somebody looks at each frame. */
  framesWatched: () => boolean;
  events: HostEvents;
  log: Logger;
  limits?: typeof session_limits;
}

export type SessionPhase = 'launched' | 'starting' | 'started' | 'streaming' | 'ended';

export class Session {
  readonly id = randomBytes(6).toString('hex');
  readonly launch: Launch;
  readonly started_at = new Date();
  /** Settles once everything of this session is closed. */
  readonly ended: Promise<void>;

  readonly #options: SessionOptions;
  readonly #limits: typeof session_limits;
  readonly #log: Logger;
  readonly #checkpoint: ReturnType<typeof makeCheckpoint>;
  readonly #ended = Promise.withResolvers<void>();
  readonly #launched_ms = performance.now();
  /** When engines died, lately. */
  readonly #deaths: number[] = [];
  #restarts = 0;
  /** An engine has opened its ports: each that follows does the same. */
  #begun = false;
  #phase: SessionPhase = 'launched';
  #engine: Engine;
  #start: Start | undefined;
  #stats: Statistics | undefined;
  /** The report before that one. */
  #stats_before: Statistics | undefined;
  readonly #watch = new PictureWatch();
  #encoder = '';
  readonly #expiry = new Deadline();
  readonly #settled = Promise.withResolvers<void>();
  #heard = { messages: -1, reports_since: 0 };
  /** What the engines told of, by code: each kind once a session. */
  readonly #problems = new Map<string, StreamProblem>();
  #had_stream = false;
  #leaving = false;
  #giving_up = false;
  #leasing: Promise<Output> | undefined;
  #output: Output | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#limits = options.limits ?? session_limits;
    this.#log = options.log;
    this.launch = options.launch;
    this.ended = this.#ended.promise;
    this.#checkpoint = makeCheckpoint(options.runtime_dir, this.id);
    try {
      this.#engine = this.#spawn();
    } catch (error) {
      this.#checkpoint.remove();
      throw error;
    }
  }

  /** Resolves once an engine is ready to start. Throws ENGINE_FAILED with its sentence, while the client can still be told. */
  async ready(): Promise<void> {
    try {
      await this.#withEngine((engine) => engine.ready());
      this.#checkAlive();
      if (this.#phase === 'streaming') return;
      this.#expiry.set(this.#limits.launch_ms, () => {
        void this.end('the client did not follow its launch', 'none');
      });
    } catch (error) {
      await this.end(reasonOf(error), 'none');
      this.#checkTrust();
      throw error;
    }
  }

  get ports(): StreamPorts {
    return this.#options.ports;
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** Resolves once the client is connected or will not be any more. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Nothing was heard of the connected client lately, which says something many times a second: it is gone, or its network is. */
  get unheard(): boolean {
    return this.#phase === 'streaming' && this.#heard.reports_since >= this.#limits.unheard_reports;
  }

  /** Whether its client has left; waits for the moment between a goodbye and its being believed. */
  async hasLeft(): Promise<boolean> {
    if (this.#leaving) await inTime(this.ended, this.#limits.leaving_ms, 'it stays').catch(() => {});
    return this.#phase === 'ended';
  }

  /** What events call it. */
  get named(): NamedSession {
    const { app, client, client_address } = this.launch;
    return {
      id: this.id,
      client: { id: client.id, name: client.name, address: client_address },
      app: { id: app.id, title: app.title },
    };
  }

  /** A client was connected at some time. */
  get had_stream(): boolean {
    return this.#had_stream;
  }

  /** For `status`: nothing secret. */
  describe() {
    const video = this.#start?.video;
    return {
      id: this.id,
      phase: this.#phase,
      app: { id: this.launch.app.id, title: this.launch.app.title },
      ports: this.ports,
      client: { id: this.launch.client.id, name: this.launch.client.name, address: this.launch.client_address },
      started_at: this.started_at.toISOString(),
      video: video
        ? {
            width: video.width,
            height: video.height,
            fps: video.fps,
            codec: codec_names[video.codec],
            encoder: this.#encoder,
            bitrate_kbps: video.bitrate_kbps,
            encrypted: this.#start?.transport.encrypt_video ?? false,
          }
        : null,
      engine: { pid: this.#engine.pid ?? 0, restarts: this.#restarts },
      problems: [...this.#problems.values(), ...this.#options.display.lost().map(problemOf)],
      pictures: this.#pictures() ?? null,
      stats: this.#figures(),
    };
  }

  /** Of the newest report; who looks at each frame hears the reports. */
  #figures(): Figures | null {
    if (!this.#stats) return null;
    const { frames: _, ...figures } = this.#stats;
    return figures;
  }

  /**
   * The display takes the client's mode, the engine starts; resolves once its ports are open. Throws PunktfunkError, and ends the session
   * when a step failed that was begun.
   */
  async start(plan: StreamPlan, client_address: string): Promise<void> {
    if (this.#phase !== 'launched')
      throw new PunktfunkError('STREAM_REFUSED', { reason: 'the stream was already started' });
    this.#checkTrust();
    this.#phase = 'starting';
    try {
      this.#leasing = this.#options.lease(plan.mode);
      const output = await Promise.race([this.#leasing, this.ended]); // a desktop that hangs does not hold the client's request
      this.#checkAlive();
      if (!output) throw new PunktfunkError('STREAM_REFUSED', { reason: 'the session ended meanwhile' });
      this.#output = output;
      this.#tellOfOutput('leased', output);
      for (const one of output.shortcomings) this.tell(one);
      const may_input = this.#options.rightsOf(this.launch.client.fingerprint).input;
      if (!may_input) this.tell({ code: 'watch_only', parameters: { client: this.launch.client.name } });
      this.#start = startMessage(plan, this.#options.settings, {
        module_dir: this.#options.module_dir,
        checkpoint_path: this.#checkpoint.path,
        ports: this.#options.ports,
        client_address,
        host_address: this.launch.host_address,
        host_audio: this.launch.host_audio ?? false,
        target: output.video,
        input: output.input,
        may_send_input: may_input,
        seat: this.launch.client.fingerprint.slice(0, 8),
        sound: output.sound,
      });
      const message = this.#start;
      await this.#withEngine((engine) => engine.start(message));
      this.#begun = true;
      this.#checkAlive();
      if (plan.bounded !== undefined) this.tell({ code: 'wish_bounded', parameters: { wishes: plan.bounded } });
      await this.#options.onReady(output);
      this.#checkAlive();
    } catch (error) {
      await this.end(reasonOf(error), 'none');
      throw error;
    }
    if (this.phase === 'starting') this.#phase = 'started';
  }

  /** Where its picture is taken; undefined before there is one. */
  get target(): VideoTarget | undefined {
    return this.#output?.video;
  }

  /** Of the desktop that it shows. */
  get display(): Display {
    return this.#options.display;
  }

  /** The client's next picture stands alone. Throws STREAM_NOT_WATCHED. */
  requestIdr(): void {
    this.#checkStreaming();
    this.#engine.requestIdr();
  }

  /** The encoder's rate from now on, through engines that die, too. Throws STREAM_NOT_WATCHED, BITRATE_REFUSED, ENGINE_FAILED. */
  async setBitrate(bitrate_kbps: number): Promise<void> {
    this.#checkStreaming();
    await this.#engine.setBitrate(bitrate_kbps);
  }

  /** Whether reports tell of each frame. */
  watchFrames(on: boolean): void {
    if (this.#phase === 'streaming') this.#engine.watchFrames(on);
  }

  /** Ends the stream from this side. Idempotent; resolves when everything is closed. */
  async end(reason: string, farewell: Farewell): Promise<void> {
    if (this.#phase === 'ended') return this.ended;
    const was_streaming = this.#phase === 'streaming';
    this.#phase = 'ended';
    this.#expiry.clear();
    this.#options.events.tell({ type: 'session', step: 'ended', session: this.named, reason });
    this.#settled.resolve();
    try {
      await this.#engine.stop(was_streaming ? farewell : 'none');
      this.#checkpoint.remove();
    } catch (error) {
      this.#log.error({ event: 'engine_not_stopped', err: error }, toPunktfunkError(error).advice);
    }
    try {
      await inTime(this.#giveOutputBack(), this.#limits.restore_ms, 'it does not answer');
    } catch (error) {
      const told = error instanceof PunktfunkError && error.code === 'DISPLAY_GONE'; // by the desktop itself
      this.#log[told ? 'debug' : 'warn'](
        { event: 'mode_not_restored' },
        `The desktop's mode was not restored: ${reasonOf(error)}.`,
      );
    }
    this.#ended.resolve();
  }

  async #giveOutputBack(): Promise<void> {
    const output = await this.#leasing?.catch(() => undefined); // start() told why; what is still being leased is given back, too
    if (!output) return;
    if (output === this.#output) this.#tellOfOutput('released', output);
    await output.release();
  }

  #tellOfOutput(step: 'leased' | 'released', output: Output): void {
    const { events, display } = this.#options;
    const { description } = display;
    events.tell({ type: 'display', step, description, output: output.description, session: this.named });
  }

  /** Guards each effect: trust that was there at the request may have ended while it waited. */
  #checkTrust(): void {
    if (!this.#options.isTrusted(this.launch.client.fingerprint)) throw new PunktfunkError('CLIENT_UNPAIRED');
  }

  /** Guards a step after an await: the session or its client's trust may have ended meanwhile. */
  #checkAlive(): void {
    this.#checkTrust();
    if (this.#phase === 'ended') throw new PunktfunkError('STREAM_REFUSED', { reason: 'the session ended meanwhile' });
  }

  #checkStreaming(): void {
    if (this.#phase !== 'streaming') throw new PunktfunkError('STREAM_NOT_WATCHED');
  }

  #spawn(): Engine {
    const engine = this.#options.makeEngine(this.#options.display, (message) => {
      if (engine === this.#engine) this.#receive(message);
    });
    void engine.ended.then((end) => this.#engineEnded(engine, end));
    return engine;
  }

  /** A step of an engine; when it dies of it, of the one that has taken its place. */
  async #withEngine(step: (engine: Engine) => Promise<void>): Promise<void> {
    for (;;) {
      const engine = this.#engine;
      try {
        await step(engine);
        return;
      } catch (error) {
        if (!(error instanceof PunktfunkError) || error.code !== 'ENGINE_FAILED') throw error;
        await engine.ended;
        if (engine === this.#engine) throw error;
      }
    }
  }

  #receive(message: EngineMessage): void {
    const { events } = this.#options;
    switch (message.type) {
      case 'client_connected':
        if (this.#phase === 'ended' || this.#giving_up) break;
        this.#leaving = false;
        this.#expiry.clear();
        this.#phase = 'streaming';
        this.#had_stream = true;
        this.#settled.resolve();
        events.tell({ type: 'session', step: 'connected', session: this.named });
        if (this.#options.framesWatched()) this.#engine.watchFrames(true);
        break;
      case 'client_leaving':
        this.#leaving = true;
        break;
      case 'first_frame': {
        const { width, height, encoder } = message;
        const { fps = 0, bitrate_kbps = 0, codec } = this.#start?.video ?? {};
        this.#encoder = encoder;
        const video = { width, height, fps, codec: codec ? codec_names[codec] : '', encoder, bitrate_kbps };
        events.tell({ type: 'session', step: 'streaming', session: this.named, video });
        break;
      }
      case 'restore_token':
        this.#output?.keepGrant?.(message.token);
        break;
      case 'stats':
        this.#stats_before = this.#stats;
        this.#stats = message;
        this.#listen(message.control.messages);
        this.#report(message);
        break;
      case 'bitrate_set':
        if (this.#start) this.#start.video.bitrate_kbps = message.bitrate_kbps; // for the engine that follows, too
        break;
      case 'problem':
        if (message.failure.code === 'forged_goodbye') this.#leaving = false;
        this.tell(message.failure, message.fatal);
        break;
    }
  }

  /** `messages`: how many of the client this engine has read until now. */
  #listen(messages: number): void {
    const silent = messages === this.#heard.messages;
    this.#heard = { messages, reports_since: silent ? this.#heard.reports_since + 1 : 0 };
  }

  /** Of the newest reports, once there was a first picture. */
  #pictures(): Pictures | undefined {
    if (!this.#stats || !this.#start || this.#encoder === '') return undefined;
    return picturesOf(this.#stats, this.#start, this.#stats_before);
  }

  #report(statistics: Statistics): void {
    const { events } = this.#options;
    const pictures = this.#pictures();
    events.reports.tell({ type: 'report', session: this.named, statistics, pictures: pictures ?? null });
    const told = pictures && this.#watch.hear(pictures);
    if (!told) return;
    const { step, ...problem } = told;
    events.tell({ type: 'problem', step, session: this.named, ...problemOf(problem), fatal: false });
  }

  /** A warning at its first time only: an engine may tell of it each second, and each engine that follows again. */
  tell(problem: Failure | Shortcoming, fatal = false): void {
    const { code } = problem;
    const known = this.#problems.has(code);
    const over = ended_problems[code];
    if (over) for (const mended of over) this.#problems.delete(mended);
    else if (!known && this.#problems.size < max_problems) this.#problems.set(code, problemOf(problem));
    const step = over ? 'over' : known ? 'repeated' : 'began';
    this.#options.events.tell({ type: 'problem', step, session: this.named, ...problemOf(problem), fatal });
  }

  #engineEnded(engine: Engine, end: EngineEnd): void {
    if (engine !== this.#engine || this.#phase === 'ended' || this.#giving_up) return;
    const ending = end.said_so ? client_endings[end.reason] : undefined;
    if (ending !== undefined) {
      void this.end(ending, 'none');
      return;
    }
    if (this.#begun) {
      if (end.said_so && end.reason === 'stopped')
        void this.end('its engine was told to end, and not by this host', 'none'); // the client knows
      else if (this.#diesTooOften()) void this.#giveUp(end.reason);
      else if (this.#replace(end.reason)) this.#engine.start(this.#start as Start).catch(() => {}); // its end comes back here
      return;
    }
    // Whoever waits for it takes the next one; what it says of itself the next one would say, too.
    const early = performance.now() - this.#launched_ms < this.#limits.deaths_within_ms;
    const tells_why = end.said_so && end.reason === 'failed';
    if (!tells_why && early && !this.#diesTooOften()) this.#replace(end.reason);
    else if (this.#phase === 'launched') void this.end(`the engine failed: ${end.reason}`, 'none');
    // else start() reports it
  }

  /** Counts one more death. */
  #diesTooOften(): boolean {
    const now = performance.now();
    while (this.#deaths[0] !== undefined && now - this.#deaths[0] > this.#limits.deaths_within_ms) this.#deaths.shift();
    this.#deaths.push(now);
    return this.#deaths.length >= this.#limits.deaths;
  }

  /** Another engine for the one that died; false, and the session ends, when there is none to be had. */
  #replace(reason: string): boolean {
    this.#stats = this.#stats_before = undefined; // of the one that is gone
    try {
      this.#engine = this.#spawn();
    } catch (error) {
      void this.end(`the engine failed (${reason}) and could not be started again: ${reasonOf(error)}`, 'failed');
      return false;
    }
    this.#restarts += 1;
    this.tell({ code: 'engine_died', parameters: { reason } });
    return true;
  }

  /** The client is told by one more engine that touches neither desktop nor encoder's target: it only takes the control stream up. */
  async #giveUp(reason: string): Promise<void> {
    this.#log.error(
      { event: 'engine_given_up', reason },
      `The engine failed ${this.#limits.deaths} times in a row (${reason}); ending the stream.`,
    );
    this.#giving_up = true;
    const start = this.#start as Start;
    const farewell: Start = {
      ...start,
      video: { ...start.video, target: { kind: 'synthetic', moving: false } },
      audio: null,
      input: null,
    };
    try {
      this.#engine = this.#spawn();
      await this.#engine.start(farewell);
    } catch (error) {
      this.#log.warn({ event: 'client_not_told' }, `The client could not be told: ${reasonOf(error)}.`);
    }
    await this.end(`the engine failed: ${reason}`, 'failed');
  }
}
