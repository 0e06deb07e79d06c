// One engine: a child process with an executable path of its own, spoken to in the messages of src/contract. It says little, so
// silence, a flood or a message outside the schema each end it.
//
// To the engine its channel is Node's own: lines of JSON on the descriptor that NODE_CHANNEL_FD names (Node's documentation, child_process,
// options.stdio). This end of it is read here, since Node's would throw at a line that is no JSON, and keep a line that has no end.

import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Capabilities } from '../contract/capabilities.ts';
import type { Ending, Farewell } from '../contract/endings.ts';
import { EngineMessage, HostMessage, max_message_bytes, type Start } from '../contract/messages.ts';
import type { PreviewPicture, PreviewTarget } from '../contract/preview.ts';
import type { Failure } from '../contract/problems.ts';
import { refusal } from '../contract/read.ts';
import { Deadline, inTime } from '../deadline.ts';
import { PunktfunkError, problemReport, reasonOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Allowance } from './allowance.ts';
import { readLines } from './lines.ts';

export const engine_limits = {
  /** From fork to `loaded`. */
  load_ms: 15_000,
  /** From ping to `pong`. Nothing that an engine does keeps it from answering, but a busy machine may, for more than a second. */
  answer_ms: 3_000,
  /** From start to `listening`; clients wait 15 s for the reply that follows it (docs/gamestream.md, 5.1). */
  listen_ms: 14_000,
  /** From probe to `capabilities`: drivers may take their time. */
  probe_ms: 15_000,
  /** From take_preview to its answer: native/engine/preview waits for four of them. */
  preview_ms: 8_000,
  /** Between two messages of a running engine, which sends statistics every second. */
  silence_ms: 5_000,
  /** From stop to exit. */
  stop_ms: 3_000,
  messages_a_second: 200,
};
/** What a host that stood still finds waiting was sent in all that time: the allowance of so long is kept. */
const kept_allowance_s = 60;
const max_logged_line_length = 1000;
/** Of a crash's report all is logged, of a library that complains with each frame some. */
const logged_lines = { a_second: 10, at_once_s: 40 };
const channel = 3;

export interface EngineOptions {
  /** The runtime to run it with: a path of its own, so that a compositor can tell it from any other Node program. */
  exec_path: string;
  module_path: string;
  environment: NodeJS.ProcessEnv;
  log: Logger;
  limits?: typeof engine_limits;
}

/** What is answered by one message of its own, and only once the one before was. */
interface Question {
  /** Whether a message is the answer. */
  isAnswer: (message: EngineMessage) => boolean;
  answer: PromiseWithResolvers<EngineMessage>;
}

export type EngineEnd =
  /** It said so itself. */
  | { said_so: true; reason: Ending }
  /** How the process died. */
  | { said_so: false; reason: string };

export class EngineProcess {
  readonly ended: Promise<EngineEnd>;
  readonly #child: ChildProcess;
  /** Undefined when there was no descriptor left for it: such a process has not begun. */
  readonly #channel: Socket | undefined;
  readonly #log: Logger;
  readonly #limits: typeof engine_limits;
  readonly #onMessage: (message: EngineMessage) => void;
  readonly #loaded = Promise.withResolvers<void>();
  readonly #listening = Promise.withResolvers<void>();
  readonly #capabilities = Promise.withResolvers<Capabilities>();
  #ended_reason: Ending | undefined;
  #killed_because: string | undefined;
  #problem: string | undefined;
  readonly #deadline = new Deadline();
  readonly #answer_deadline = new Deadline();
  /** Whoever asked waits for its next pong. */
  #answer: PromiseWithResolvers<void> | undefined;
  #question: Question | undefined;
  /** Questions wait here for the one before them. */
  #questions: Promise<unknown> = Promise.resolve();
  #is_loaded = false;
  /** It is gone. */
  #failure: PunktfunkError | undefined;
  /** Of messages that it may send. */
  readonly #allowance: Allowance;
  readonly #printing = new Allowance(logged_lines.a_second, logged_lines.at_once_s, logged_lines.at_once_s);
  #leaves_lines_out = false;
  #running = false;
  /** It was told to end, or said that it does. */
  #ending = false;

  constructor(options: EngineOptions, onMessage: (message: EngineMessage) => void) {
    this.#log = options.log;
    this.#limits = options.limits ?? engine_limits;
    this.#allowance = new Allowance(this.#limits.messages_a_second, kept_allowance_s, 1);
    this.#onMessage = onMessage;
    this.#child = spawn(options.exec_path, [options.module_path], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...options.environment, NODE_CHANNEL_FD: `${channel}` },
      cwd: '/',
      detached: true, // a session of its own: what a terminal sends to its foreground is for the host
    });
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve(this.#died(error.message)));
      this.#child.once('exit', (code, signal) =>
        resolve(this.#died(signal ? `it died of ${signal}` : `it exited with ${code}`)),
      );
    });
    this.#loaded.promise.catch(() => {});
    this.#listening.promise.catch(() => {});
    this.#capabilities.promise.catch(() => {});
    const end = this.#child.stdio?.[channel];
    this.#channel = end instanceof Socket ? end : undefined;
    if (this.#channel) readLines(this.#channel, max_message_bytes, this.#read.bind(this));
    this.#logLines(this.#child.stdout);
    this.#logLines(this.#child.stderr);
    this.#expect(this.#limits.load_ms, 'it did not load in time');
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get is_loaded(): boolean {
    return this.#is_loaded;
  }

  /** Resolves once the engine is loaded and has said just now that it lives; one that does not is killed. Throws ENGINE_FAILED. */
  async ready(): Promise<void> {
    await this.#loaded.promise;
    await this.#ask();
  }

  /** Starts the stream; resolves once the engine's ports are open. Throws ENGINE_FAILED with its own sentence. */
  async start(message: Start): Promise<void> {
    await this.ready();
    this.#expect(this.#limits.listen_ms, 'it did not open its ports in time');
    this.#send(message);
    await this.#listening.promise;
  }

  /** What it can do on this machine. It is of no use for a stream then. Throws ENGINE_FAILED. */
  async probe(module_dir: string): Promise<Capabilities> {
    await this.ready();
    this.#expect(this.#limits.probe_ms, 'it did not say in time what it can do');
    this.#send({ type: 'probe', module_dir });
    return this.#capabilities.promise;
  }

  requestIdr(): void {
    this.#send({ type: 'request_idr' });
  }

  watchFrames(on: boolean): void {
    this.#send({ type: 'watch_frames', on });
  }

  /** The rate that the stream has from now on. Throws BITRATE_REFUSED with the one that it keeps, ENGINE_FAILED. */
  async setBitrate(bitrate_kbps: number): Promise<void> {
    const answer = await this.#askFor({ type: 'set_bitrate', bitrate_kbps }, this.#limits.answer_ms, (message) => {
      if (message.type !== 'bitrate_set') return false;
      const { failure } = message;
      return failure === null
        ? message.bitrate_kbps === bitrate_kbps
        : failure.code !== 'bitrate_refused' || failure.parameters.bitrate_kbps === String(bitrate_kbps);
    }).catch((error: unknown) => {
      throw error instanceof PunktfunkError
        ? error
        : new PunktfunkError('BITRATE_REFUSED', { reason: reasonOf(error) });
    });
    const failure = answer.type === 'bitrate_set' ? answer.failure : null;
    if (failure !== null) throw new PunktfunkError('BITRATE_REFUSED', { reason: reasonIn(failure) });
  }

  /** A picture of the desktop; an engine that is asked for it is of no use for a stream. Throws PREVIEW_FAILED, ENGINE_FAILED. */
  async takePreview(target: PreviewTarget, max_width_px: number): Promise<PreviewPicture> {
    await this.#loaded.promise;
    const isAnswer = ({ type }: EngineMessage) => type === 'preview' || type === 'preview_failed';
    const { preview_ms } = this.#limits;
    const answer = await this.#askFor({ type: 'take_preview', target, max_width_px }, preview_ms, isAnswer).catch(
      (error: unknown) => {
        if (!(error instanceof PunktfunkError)) this.kill('it takes no preview in time');
        throw error;
      },
    );
    if (answer.type === 'preview') return answer;
    const reason = answer.type === 'preview_failed' ? reasonIn(answer.failure) : 'the engine gave none';
    throw new PunktfunkError('PREVIEW_FAILED', { reason });
  }

  /** Asks the engine to end and to tell the client so; kills it when it does not. Resolves when it is gone. */
  async stop(farewell: Farewell = 'none'): Promise<void> {
    this.#endInTime('it did not stop in time');
    if (this.#channel?.writable) this.#send({ type: 'stop', farewell });
    else this.kill('its channel is closed');
    await this.ended;
  }

  kill(because: string): void {
    this.#killed_because ??= because;
    this.#child.kill('SIGKILL');
  }

  /** Resolves with its next pong; kills it when none comes in time. */
  async #ask(): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (!this.#answer) {
      this.#answer = Promise.withResolvers();
      this.#answer_deadline.set(this.#limits.answer_ms, () => this.kill('it does not answer'));
      this.#send({ type: 'ping' });
    }
    await this.#answer.promise;
  }

  /** The answer. Throws ENGINE_FAILED when it dies of it, Error when it does not answer in time. */
  #askFor(
    message: HostMessage,
    limit_ms: number,
    isAnswer: (message: EngineMessage) => boolean,
  ): Promise<EngineMessage> {
    const asked = this.#questions.then(async () => {
      if (this.#failure) throw this.#failure;
      const question: Question = { isAnswer, answer: Promise.withResolvers() };
      this.#question = question;
      this.#send(message);
      try {
        return await inTime(question.answer.promise, limit_ms, 'the engine does not answer at this moment; try again');
      } finally {
        this.#question = undefined;
      }
    });
    this.#questions = asked.catch(() => {}); // told to whoever asked
    return asked;
  }

  #send(message: HostMessage): void {
    const wrong = refusal(HostMessage, message);
    if (wrong !== undefined) {
      throw new PunktfunkError('INTERNAL', { reason: `a message to the engine is malformed (${wrong})` });
    }
    this.#channel?.write(`${JSON.stringify(message)}\n`); // a failure to send is the exit that follows it
  }

  #read(line: string, whole: boolean): void {
    if (this.#killed_because !== undefined) return;
    if (!this.#allowance.take()) this.kill('it sent too many messages');
    else if (!whole) this.kill('it sent a message that is too long');
    else this.#receive(parsed(line));
  }

  #receive(raw: unknown): void {
    const wrong = refusal(EngineMessage, raw);
    if (wrong !== undefined) {
      this.kill(`it sent a malformed message (${wrong})`);
      return;
    }
    const message = raw as EngineMessage;
    if (this.#question?.isAnswer(message)) this.#question.answer.resolve(message);
    if (this.#running) this.#expect(this.#limits.silence_ms, 'it fell silent');
    switch (message.type) {
      case 'loaded':
        this.#expect(undefined);
        this.#is_loaded = true;
        this.#loaded.resolve();
        break;
      case 'pong':
        this.#answer_deadline.clear();
        this.#answer?.resolve();
        this.#answer = undefined;
        break;
      case 'capabilities':
        this.#expect(undefined);
        this.#capabilities.resolve(message);
        break;
      case 'listening':
        this.#running = true;
        this.#expect(this.#limits.silence_ms, 'it fell silent');
        this.#listening.resolve();
        break;
      case 'problem':
        if (message.fatal) this.#problem = problemReport(message.failure).advice;
        break;
      case 'ended':
        this.#ended_reason ??= message.reason;
        this.#endInTime('it did not exit in time');
        break;
    }
    this.#onMessage(message);
  }

  /** Nothing that it still says gives it more time. */
  #endInTime(because: string): void {
    this.#ending = true;
    this.#deadline.set(this.#limits.stop_ms, () => this.kill(because));
  }

  /** Kills the engine when nothing clears or moves this deadline: judged by this process's own time, not by its silence alone. */
  #expect(limit_ms: number | undefined, because = ''): void {
    if (this.#ending) return;
    if (limit_ms === undefined) this.#deadline.clear();
    else this.#deadline.set(limit_ms, () => this.kill(because));
  }

  #died(how: string): EngineEnd {
    this.#deadline.clear();
    this.#answer_deadline.clear();
    const reason = this.#problem?.replace(/\.$/, '') ?? this.#killed_because ?? how;
    const failed = new PunktfunkError('ENGINE_FAILED', { reason });
    this.#loaded.reject(failed);
    this.#listening.reject(failed);
    this.#capabilities.reject(failed);
    this.#answer?.reject(failed);
    this.#question?.answer.reject(failed);
    this.#failure = failed;
    return this.#ended_reason === undefined
      ? { reason, said_so: false }
      : { reason: this.#ended_reason, said_so: true };
  }

  #logLines(stream: Readable | null): void {
    if (!stream) return;
    readLines(stream, max_logged_line_length, (line) => {
      const fits = this.#printing.take();
      if (!fits && this.#leaves_lines_out) return;
      this.#leaves_lines_out = !fits;
      const told = fits ? line : 'it prints more than is logged; some lines are left out';
      this.#log.warn({ event: 'engine_output', pid: this.pid }, `engine: ${told}`);
    });
  }
}

/** What an engine says went wrong, as the end of a sentence. */
function reasonIn(failure: Failure): string {
  const { parameters } = failure;
  return 'reason' in parameters ? parameters.reason : problemReport(failure).message.replace(/\.$/, '');
}

/** Undefined, which is no message, when it is no JSON. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
