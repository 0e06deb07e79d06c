// One engine: a child process with an executable path of its own, spoken to in the messages of src/contract. It says little, so
// silence, a flood or a message outside the schema each end it.

import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Capabilities } from '../contract/capabilities.ts';
import type { Ending } from '../contract/endings.ts';
import { EngineMessage, HostMessage, type Start } from '../contract/messages.ts';
import { refusal } from '../contract/read.ts';
import { Deadline } from '../deadline.ts';
import { PunktfunkError, problemReport } from '../errors.ts';
import type { Logger } from '../log.ts';

export const engine_limits = {
  /** From fork to `loaded`. */
  load_ms: 15_000,
  /** From start to `listening`; clients wait 15 s for the reply that follows it (docs/gamestream.md, 5.1). */
  listen_ms: 14_000,
  /** From probe to `capabilities`: drivers may take their time. */
  probe_ms: 15_000,
  /** Between two messages of a running engine, which sends statistics every second. */
  silence_ms: 5_000,
  /** From stop to exit. */
  stop_ms: 3_000,
  messages_a_second: 200,
};
const max_logged_line_length = 1000;
const max_allowance_s = 60;

export interface EngineOptions {
  /** The runtime to run it with: a path of its own, so that a compositor can tell it from any other Node program. */
  exec_path: string;
  module_path: string;
  environment: NodeJS.ProcessEnv;
  log: Logger;
  limits?: typeof engine_limits;
}

export type EngineEnd =
  /** It said so itself. */
  | { said_so: true; reason: Ending }
  /** How the process died. */
  | { said_so: false; reason: string };

export class EngineProcess {
  readonly ended: Promise<EngineEnd>;
  readonly #child: ChildProcess;
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
  /** Messages that it may send now. */
  #allowance: number;
  #read_ms = performance.now();
  #running = false;

  constructor(options: EngineOptions, onMessage: (message: EngineMessage) => void) {
    this.#log = options.log;
    this.#limits = options.limits ?? engine_limits;
    this.#allowance = this.#limits.messages_a_second;
    this.#onMessage = onMessage;
    this.#child = fork(options.module_path, [], {
      execPath: options.exec_path,
      execArgv: [],
      serialization: 'json',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: options.environment,
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
    this.#child.on('message', (raw) => this.#receive(raw));
    this.#logLines(this.#child.stdout);
    this.#logLines(this.#child.stderr);
    this.#expect(this.#limits.load_ms, 'it did not load in time');
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves once the engine waits for its start message. Throws ENGINE_FAILED. */
  get loaded(): Promise<void> {
    return this.#loaded.promise;
  }

  /** Starts the stream; resolves once the engine's ports are open. Throws ENGINE_FAILED with its own sentence. */
  async start(message: Start): Promise<void> {
    await this.#loaded.promise;
    this.#expect(this.#limits.listen_ms, 'it did not open its ports in time');
    this.#send(message);
    await this.#listening.promise;
  }

  /** What it can do on this machine. It is of no use for a stream then. Throws ENGINE_FAILED. */
  async probe(module_dir: string): Promise<Capabilities> {
    await this.#loaded.promise;
    this.#expect(this.#limits.probe_ms, 'it did not say in time what it can do');
    this.#send({ type: 'probe', module_dir });
    return this.#capabilities.promise;
  }

  /** Asks the engine to end, telling the client `termination_reason` (0: nothing); kills it when it does not. Resolves when it is gone. */
  async stop(termination_reason: number): Promise<void> {
    this.#running = false;
    this.#expect(this.#limits.stop_ms, 'it did not stop in time');
    if (this.#child.connected) this.#send({ type: 'stop', termination_reason });
    else this.kill('its channel is closed');
    await this.ended;
  }

  kill(because: string): void {
    this.#killed_because ??= because;
    this.#child.kill('SIGKILL');
  }

  #send(message: HostMessage): void {
    const wrong = refusal(HostMessage, message);
    if (wrong !== undefined) {
      throw new PunktfunkError('INTERNAL', { reason: `a message to the engine is malformed (${wrong})` });
    }
    this.#child.send(message, () => {}); // a failure to send is the exit that follows it
  }

  #receive(raw: unknown): void {
    if (!this.#allows()) {
      this.kill('it sent too many messages');
      return;
    }
    const wrong = refusal(EngineMessage, raw);
    if (wrong !== undefined) {
      this.kill(`it sent a malformed message (${wrong})`);
      return;
    }
    const message = raw as EngineMessage;
    if (this.#running) this.#expect(this.#limits.silence_ms, 'it fell silent');
    switch (message.type) {
      case 'loaded':
        this.#expect(undefined);
        this.#loaded.resolve();
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
        this.#running = false;
        this.#expect(this.#limits.stop_ms, 'it did not exit in time');
        break;
    }
    this.#onMessage(message);
  }

  /** What a host that stood still finds waiting was sent in all that time: the allowance of so long is kept. */
  #allows(): boolean {
    const now = performance.now();
    const { messages_a_second } = this.#limits;
    const grown = this.#allowance + ((now - this.#read_ms) / 1000) * messages_a_second;
    this.#read_ms = now;
    this.#allowance = Math.min(grown, messages_a_second * max_allowance_s) - 1;
    return this.#allowance >= 0;
  }

  /** Kills the engine when nothing clears or moves this deadline: judged by this process's own time, not by its silence alone. */
  #expect(limit_ms: number | undefined, because = ''): void {
    if (limit_ms === undefined) this.#deadline.clear();
    else this.#deadline.set(limit_ms, () => this.kill(because));
  }

  #died(how: string): EngineEnd {
    this.#expect(undefined);
    const reason = this.#problem?.replace(/\.$/, '') ?? this.#killed_because ?? how;
    const failed = new PunktfunkError('ENGINE_FAILED', { reason });
    this.#loaded.reject(failed);
    this.#listening.reject(failed);
    this.#capabilities.reject(failed);
    return this.#ended_reason === undefined
      ? { reason, said_so: false }
      : { reason: this.#ended_reason, said_so: true };
  }

  #logLines(stream: Readable | null): void {
    if (!stream) return;
    createInterface({ input: stream }).on('line', (line) => {
      this.#log.warn({ event: 'engine_output', pid: this.pid }, `engine: ${line.slice(0, max_logged_line_length)}`);
    });
  }
}
