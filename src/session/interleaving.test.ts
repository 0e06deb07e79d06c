// Any interleaving of what three clients, their engines and the desktop do: what must hold at each moment, and what must be left at the
// end.

import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { pino } from 'pino';
import t from 'tap';
import type { EngineMessage, Start } from '../contract/messages.ts';
import type { Output } from '../display/display.ts';
import { testDisplay, testOutput } from '../display/test-display.ts';
import { PunktfunkError } from '../errors.ts';
import { HostEvents } from '../events.ts';
import { portsOf, streamPorts } from '../ports.ts';
import { folder } from '../test-folder.ts';
import '../test-limit.ts';
import { all_rights } from '../trust/clients.ts';
import type { EngineEnd } from './engine-process.ts';
import { Preparations } from './preparation.ts';
import type { Engine } from './session.ts';
import { Sessions } from './sessions.ts';
import { desktop, launchBy, plan } from './test-sessions.ts';

const clients = ['One', 'Two', 'Three'];
const steps = ['launch', 'resume', 'cancel', 'unpair', 'pair', 'crash', 'leave', 'desktop goes'] as const;

/** Most of what clients do is to launch. */
const weighted = [...steps, 'launch', 'launch', 'launch', 'resume', 'pair', 'desktop goes'] as const;

interface Step {
  client: string;
  does: (typeof steps)[number];
}

/** A host in one process whose engines and outputs do everything in an order that the scheduler chooses. */
class World {
  readonly sessions: Sessions;
  readonly #scheduler: fc.Scheduler;
  readonly #distrusted = new Set<string>();
  readonly #engines = new Set<ScriptedEngine>();
  #leases = new Set<string>();
  #desktopGone: (sentence: string) => void = () => {};
  readonly #max_outputs: number;
  streams = 0;

  constructor(scheduler: fc.Scheduler, runtime_dir: string, max_outputs: number) {
    this.#scheduler = scheduler;
    this.#max_outputs = max_outputs;
    const log = pino({ level: 'silent' });
    const events = new HostEvents(log);
    events.subscribe((event) => {
      if (event.type !== 'session' || event.step === 'ended') return;
      if (!this.#trusts(event.session.client.name)) throw new Fault(`${event.step} of a client that is not paired`);
      if (event.step === 'connected') this.streams++;
    });
    const capabilities = { exact_mode: true, max_outputs };
    this.sessions = new Sessions({
      settings: {
        bind: '127.0.0.1',
        encoder_crf: 20,
        encoder_preset: 'superfast',
        keyboard_layout: '',
        gamepad: 'auto',
      },
      ports: streamPorts(portsOf(1000)).slice(0, max_outputs),
      refusedPort: () => this.sooner('ports are tried', undefined),
      module_dir: '',
      runtime_dir,
      app_environment: {},
      preparations: new Preparations({ data_dir: runtime_dir, app_environment: {}, log }),
      log,
      events,
      isTrusted: (fingerprint) => !this.#distrusted.has(fingerprint),
      rightsOf: () => all_rights,
      openDisplay: async () => {
        const leases = new Set<string>();
        this.#leases = leases;
        return testDisplay({
          capabilities,
          lease: (_, { id }) => this.#lease(leases, id),
          onGone: (listener) => {
            this.#desktopGone = listener;
          },
        });
      },
      previews: { take: () => Promise.reject(new Error('not reached')), close: async () => {} },
      makeEngine: (_, onMessage) => new ScriptedEngine(this, this.#engines, onMessage),
    });
  }

  /** Resolves with `value` when the scheduler lets it. */
  sooner<T>(label: string, value: T): Promise<T> {
    return this.#scheduler.schedule(Promise.resolve(value), label);
  }

  async take({ client, does }: Step): Promise<unknown> {
    const { fingerprint } = launchBy(client).client;
    const own = this.sessions.list().find(({ launch }) => launch.client.fingerprint === fingerprint);
    const engine = [...this.#engines].find(({ pid }) => pid === own?.describe().engine.pid);
    switch (does) {
      case 'launch':
        return (await this.sessions.launch({ ...launchBy(client), app: desktop })).start(plan, '127.0.0.1');
      case 'resume':
        return (await this.sessions.resume(launchBy(client))).start(plan, '127.0.0.1');
      case 'cancel':
        return this.sessions.cancel(fingerprint);
      case 'unpair':
        this.#distrusted.add(fingerprint);
        return this.sessions.revoke(fingerprint, 'the client was unpaired');
      case 'pair':
        return this.#distrusted.delete(fingerprint);
      case 'crash':
        return engine?.end({ said_so: false, reason: 'it died of SIGSEGV' });
      case 'desktop goes':
        return this.#desktopGone('sway ended');
      case 'leave':
        return engine?.end({ said_so: true, reason: 'client_quit' });
    }
  }

  /** What must hold whenever anybody looks. */
  check(): void {
    const on = this.sessions.list();
    const count = on.filter(({ phase }) => phase !== 'ended').length;
    if (count > this.#max_outputs) throw new Fault(`${count} streams`);
    if (new Set(on.map(({ ports }) => ports.video)).size < on.length) throw new Fault('two streams on one port');
    const owners = this.sessions.apps().map(({ owner }) => owner.fingerprint);
    if (owners.length > this.#max_outputs) throw new Fault(`${owners.length} applications`);
    if (new Set(owners).size < owners.length) throw new Fault('two applications of one client');
    for (const { phase, launch } of on)
      if (phase !== 'ended' && !this.#trusts(launch.client.name)) throw new Fault('a stream of a client not paired');
  }

  /** What an end leaves. */
  checkEmpty(runtime_dir: string): void {
    const left = { engines: this.#engines.size, leases: this.#leases.size, files: readdirSync(runtime_dir).length };
    const { sessions } = this;
    const of_host = { streams: sessions.list().length, apps: sessions.apps().length };
    const counts = Object.values({ ...left, ...of_host });
    if (counts.some((count) => count > 0)) throw new Fault(`left behind: ${JSON.stringify({ ...left, ...of_host })}`);
  }

  #trusts(client: string): boolean {
    return !this.#distrusted.has(launchBy(client).client.fingerprint);
  }

  async #lease(leases: Set<string>, id: string): Promise<Output> {
    if (leases.size >= this.#max_outputs) throw new Fault('more leases than outputs');
    if (leases.has(id)) throw new Fault(`two streams on the output of ${id}`);
    leases.add(id);
    await this.sooner('the mode is set', undefined);
    return testOutput({
      release: async () => {
        await this.sooner('the mode is given back', undefined);
        leases.delete(id);
      },
    });
  }
}

/** What must not happen; where it is thrown into the host, the property still hears of it. */
class Fault extends Error {
  static first: Fault | undefined;
  constructor(message: string) {
    super(message);
    Fault.first ??= this;
  }
}

let next_pid = 1;

class ScriptedEngine implements Engine {
  readonly pid = next_pid++;
  readonly ended: Promise<EngineEnd>;
  port: number | undefined;
  readonly #world: World;
  readonly #all: Set<ScriptedEngine>;
  readonly #onMessage: (message: EngineMessage) => void;
  readonly #ended = Promise.withResolvers<EngineEnd>();

  constructor(world: World, all: Set<ScriptedEngine>, onMessage: (message: EngineMessage) => void) {
    this.#world = world;
    this.#all = all;
    this.#onMessage = onMessage;
    this.ended = this.#ended.promise;
    all.add(this);
  }

  ready(): Promise<void> {
    return this.#while(this.#world.sooner('an engine is loaded', undefined));
  }

  async start({ transport }: Start): Promise<void> {
    await this.#while(this.#world.sooner('an engine starts', undefined));
    const port = transport.video_port;
    for (const other of this.#all) if (other.port === port) throw new Fault(`two engines on port ${port}`);
    this.port = port;
    void this.#world.sooner('a client connects', undefined).then(() => {
      if (this.#all.has(this)) this.#onMessage({ type: 'client_connected' });
    });
  }

  requestIdr(): void {}
  watchFrames(): void {}
  async setBitrate(): Promise<void> {}

  async stop(): Promise<void> {
    await this.#world.sooner('an engine stops', undefined);
    this.end({ said_so: true, reason: 'stopped' });
  }

  end(how: EngineEnd): void {
    this.#all.delete(this);
    this.#ended.resolve(how);
  }

  /** As an engine that dies answers nothing any more. */
  #while<T>(step: Promise<T>): Promise<T> {
    const died = this.ended.then(({ reason }) => {
      throw new PunktfunkError('ENGINE_FAILED', { reason });
    });
    died.catch(() => {});
    return Promise.race([step, died]);
  }
}

t.test('three clients, in any order', async (t) => {
  const seen = { streams: 0, together: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.record({ client: fc.constantFrom(...clients), does: fc.constantFrom(...weighted) }), {
        minLength: 10,
        maxLength: 30,
      }),
      fc.integer({ min: 1, max: 3 }),
      async (scheduler, story, max_outputs) => {
        Fault.first = undefined;
        const runtime_dir = folder(t);
        const world = new World(scheduler, runtime_dir, max_outputs);
        for (const [number, step] of story.entries())
          void scheduler
            .schedule(Promise.resolve(), `${number}: ${step.client} ${step.does}`)
            .then(() => world.take(step))
            .catch((error: unknown) => {
              if (!(error instanceof PunktfunkError) || error.code === 'INTERNAL') new Fault(String(error));
            });
        while (scheduler.count() > 0) {
          await scheduler.waitNext(1);
          await setImmediate(); // what follows of it by itself
          world.check();
          const { length } = world.sessions.list();
          if (length > 1) seen.together++;
        }
        seen.streams += world.streams;
        const closed = world.sessions.close();
        await scheduler.waitFor(closed);
        world.checkEmpty(runtime_dir);
        if (Fault.first) throw Fault.first;
      },
    ),
    { numRuns: 400, seed: 3 },
  );
  t.ok(seen.streams > 200 && seen.together > 200, 'and streams there were, also several at once', { seen });
});
