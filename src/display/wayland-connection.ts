// A connection to a Wayland compositor, on the wire. What the host wants of a compositor needs no more: what it offers, whether it still
// answers, that it does not fall asleep, and the moment it is gone.

import { connect, type Socket } from 'node:net';
import { inTime } from '../deadline.ts';
import { reasonOf } from '../errors.ts';
import { MessageReader, message, text, u32, word } from './wayland-wire.ts';

const display_id = 1;
const registry_id = 2;
const first_free_id = 3;
const max_globals = 1000;
const left = 'the compositor closed the connection';
/** The same as the system tells it when it had not read all that we wrote. */
const hung_up: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE']);

// Requests and events by number, from wayland.xml and idle-inhibit-unstable-v1.xml.
const display_sync = 0;
const display_get_registry = 1;
const display_error = 0;
const registry_bind = 0;
const registry_global = 0;
const registry_global_remove = 1;
const compositor_create_surface = 0;
const surface_destroy = 0;
const inhibit_manager_create_inhibitor = 1;
const inhibitor_destroy = 0;

export class WaylandConnection {
  /** Resolves with a reason once the compositor is gone or the connection is closed. */
  readonly closed: Promise<string>;
  readonly #socket: Socket;
  readonly #globals = new Map<number, string>();
  readonly #syncs = new Map<number, PromiseWithResolvers<void>>();
  readonly #closed = Promise.withResolvers<string>();
  readonly #reader = new MessageReader();
  #next_id = first_free_id;
  #over: string | undefined;
  #bound: { compositor: number; manager: number } | undefined;
  #awake: { surface: number; inhibitor: number } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = this.#closed.promise;
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#end(hung_up.has(error.code) ? left : error.message));
    socket.on('close', () => this.#end(left));
  }

  /**
   * Resolves once the compositor has said what it offers. Throws Error with a sentence when nobody answers in time or the answer makes no
   * sense.
   */
  static async open(path: string, timeout_ms = 2_000): Promise<WaylandConnection> {
    const connection = new WaylandConnection(connect(path));
    connection.#send(display_id, display_get_registry, word(registry_id));
    try {
      await connection.ping(timeout_ms);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  offers(name: string): boolean {
    return [...this.#globals.values()].includes(name);
  }

  /** Resolves when the compositor has answered. Throws Error with a sentence. */
  async ping(timeout_ms = 2_000): Promise<void> {
    if (this.#over !== undefined) throw new Error(this.#over);
    const answered = Promise.withResolvers<void>();
    const id = this.#next_id++;
    this.#syncs.set(id, answered);
    this.#send(display_id, display_sync, word(id));
    try {
      await inTime(answered.promise, timeout_ms, 'the compositor does not answer');
    } finally {
      this.#syncs.delete(id);
    }
  }

  /**
   * Keeps the compositor from counting its user as idle until letSleep() or the end of this connection (idle-inhibit-unstable-v1). The
   * surface has no role and shows nothing: wlroots compositors take such a one as visible. False where it is not offered.
   */
  stayAwake(): boolean {
    if (this.#awake) return true;
    if (!this.offers('wl_compositor') || !this.offers('zwp_idle_inhibit_manager_v1')) return false;
    this.#bound ??= { compositor: this.#bind('wl_compositor'), manager: this.#bind('zwp_idle_inhibit_manager_v1') };
    const surface = this.#next_id++;
    const inhibitor = this.#next_id++;
    this.#send(this.#bound.compositor, compositor_create_surface, word(surface));
    this.#send(this.#bound.manager, inhibit_manager_create_inhibitor, word(inhibitor), word(surface));
    this.#awake = { surface, inhibitor };
    return true;
  }

  letSleep(): void {
    if (!this.#awake) return;
    this.#send(this.#awake.inhibitor, inhibitor_destroy);
    this.#send(this.#awake.surface, surface_destroy);
    this.#awake = undefined;
  }

  close(): void {
    this.#socket.destroy();
    this.#end('the connection was closed');
  }

  #bind(name: string): number {
    const [global] = [...this.#globals].find(([, interface_name]) => interface_name === name) ?? [0];
    const id = this.#next_id++;
    this.#send(registry_id, registry_bind, word(global), text(name), word(1), word(id));
    return id;
  }

  #send(object: number, opcode: number, ...parts: Buffer[]): void {
    if (!this.#socket.destroyed) this.#socket.write(message(object, opcode, ...parts));
  }

  #receive(bytes: Buffer): void {
    try {
      for (const { object, opcode, body } of this.#reader.push(bytes)) {
        if (!this.#understand(object, opcode, body)) return;
      }
    } catch (error) {
      this.#fail(reasonOf(error));
    }
  }

  /** False when the connection is of no use any more. Events of other objects and delete_id need no answer. */
  #understand(object: number, opcode: number, body: Buffer): boolean {
    if (object === display_id && opcode === display_error) return this.#fail('it reports an error');
    this.#syncs.get(object)?.resolve();
    if (object !== registry_id) return true;
    if (opcode === registry_global) {
      const global = parseGlobal(body);
      if (!global || this.#globals.size >= max_globals) return this.#fail('its answer is not Wayland');
      this.#globals.set(global.name, global.interface_name);
    } else if (opcode === registry_global_remove && body.length >= 4) {
      this.#globals.delete(u32(body, 0));
    }
    return true;
  }

  #fail(reason: string): false {
    this.#socket.destroy();
    this.#end(reason);
    return false;
  }

  #end(reason: string): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    for (const answered of this.#syncs.values()) answered.reject(new Error(reason));
    this.#closed.resolve(reason);
  }
}

/** wl_registry.global: u32 name, string interface (u32 length with its zero, padded to 4), u32 version. */
function parseGlobal(body: Buffer): { name: number; interface_name: string } | undefined {
  if (body.length < 8) return undefined;
  const length = u32(body, 4);
  if (length < 1 || length > body.length - 8) return undefined;
  return { name: u32(body, 0), interface_name: body.toString('utf8', 8, 8 + length - 1) };
}
