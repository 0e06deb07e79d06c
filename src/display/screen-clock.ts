// A screen that is not there, as a Wayland compositor sees it that shows its output in a window (wlroots' "wayland" backend): it takes each
// picture unseen, and says when it was shown and when the next one may come. So a desktop of ours has a rate that is exactly the asked one,
// and knows it, which wlroots' headless output does not. Sans-I/O; nanoseconds of CLOCK_MONOTONIC.

import { type Message, MessageReader, message, text, u32, word } from './wayland-wire.ts';

const display_id = 1;
/** The versions that wlroots 0.15 to 0.19 ask for at least. */
const globals = [
  ['wl_compositor', 4],
  ['wl_shm', 1],
  ['xdg_wm_base', 1],
  ['wp_presentation', 1],
] as const;
const max_objects = 10_000;

type Interface =
  | (typeof globals)[number][0]
  | 'wl_display'
  | 'wl_registry'
  | 'wl_region'
  | 'wl_surface'
  | 'wl_shm_pool'
  | 'wl_buffer'
  | 'xdg_surface'
  | 'xdg_toplevel';

/** Requests after which an object's number is free again. */
const destructors: Readonly<Partial<Record<Interface, number>>> = {
  wl_region: 0,
  wl_surface: 0,
  wl_shm_pool: 1,
  wl_buffer: 0,
  xdg_surface: 0,
  xdg_toplevel: 0,
};

// Events by number, from wayland.xml, xdg-shell.xml and presentation-time.xml.
const display_delete_id = 1;
const callback_done = 0;
const registry_global = 0;
const shm_format = 0;
const buffer_release = 0;
const xdg_surface_configure = 0;
const presentation_clock_id = 0;
const feedback_presented = 1;

const argb8888 = 0;
const xrgb8888 = 1;
const clock_monotonic = 1;
const presented_by_vsync = 1;
const unknown_ns = 0;

export class ScreenClock {
  /** What tick() waits for; undefined: nothing was shown since the last one. */
  due_ns: number | undefined;
  #interval_ns = 0;
  #last_ns = 0;
  #shown = 0;
  readonly #send: (bytes: Buffer) => void;
  /** By interface and number. */
  readonly #requests: Readonly<Record<string, (body: Buffer, object: number, now_ns: number) => void>> = {
    // sync, get_registry, bind
    'wl_display 0': (body) => this.#answer(u32(body, 0), callback_done, 0),
    'wl_display 1': (body) => this.#offer(u32(body, 0)),
    'wl_registry 0': (body) => this.#bind(u32(body, 0), u32(body, body.length - 4)),
    // create_surface, create_region
    'wl_compositor 0': (body) => this.#make(u32(body, 0), 'wl_surface'),
    'wl_compositor 1': (body) => this.#make(u32(body, 0), 'wl_region'),
    // attach, frame, commit
    'wl_surface 1': (body) => {
      this.#attached = u32(body, 0);
    },
    'wl_surface 3': (body) => void this.#frames.push(u32(body, 0)),
    'wl_surface 6': (_, surface, now_ns) => this.#commit(surface, now_ns),
    // create_pool, whose file descriptor is for those who look at pictures; create_buffer
    'wl_shm 0': (body) => this.#make(u32(body, 0), 'wl_shm_pool'),
    'wl_shm_pool 0': (body) => this.#make(u32(body, 0), 'wl_buffer'),
    // get_xdg_surface, get_toplevel
    'xdg_wm_base 2': (body) => {
      this.#make(u32(body, 0), 'xdg_surface');
      this.#windows.set(u32(body, 4), { xdg_surface: u32(body, 0), configured: false, mapped: false });
    },
    'xdg_surface 1': (body) => this.#make(u32(body, 0), 'xdg_toplevel'),
    // feedback
    'wp_presentation 1': (body) => void this.#feedbacks.push(u32(body, 4)),
  };
  readonly #reader = new MessageReader();
  readonly #objects = new Map<number, Interface>([[display_id, 'wl_display']]);
  /** By surface. */
  readonly #windows = new Map<number, { readonly xdg_surface: number; configured: boolean; mapped: boolean }>();
  /** The picture that is shown next is a window's first. */
  #first = false;
  /** Of the surface, from one commit to the next: a buffer, 0 that takes the picture away, undefined where it stays as it is. */
  #attached: number | undefined;
  readonly #frames: number[] = [];
  readonly #feedbacks: number[] = [];

  constructor(send: (bytes: Buffer) => void, refresh_mhz: number) {
    this.#send = send;
    this.setRate(refresh_mhz);
  }

  setRate(refresh_mhz: number): void {
    this.#interval_ns = 1e12 / refresh_mhz;
  }

  /** Throws Error when the other side is no compositor. */
  receive(bytes: Buffer, now_ns: number): void {
    for (const { object, opcode, body } of this.#reader.push(bytes)) {
      const name = this.#objects.get(object);
      if (name === undefined) throw new Error(`there is no object ${object}`);
      const kept = this.#objects.size + this.#windows.size + this.#frames.length + this.#feedbacks.length;
      if (kept > max_objects) throw new Error('too many objects');
      this.#handle(name, { object, opcode, body }, now_ns);
    }
  }

  /** To be called at due_ns: what was committed is on the screen, and the next picture may come. */
  tick(): void {
    if (this.due_ns === undefined) return;
    const at_ns = Math.round(this.due_ns);
    this.#last_ns = this.due_ns;
    this.due_ns = undefined;
    const seconds = Math.floor(at_ns / 1e9);
    const when = [
      0,
      seconds,
      at_ns - seconds * 1e9,
      this.#first ? unknown_ns : Math.round(this.#interval_ns),
      0,
      ++this.#shown,
      presented_by_vsync,
    ];
    this.#first = false;
    for (const feedback of this.#feedbacks.splice(0)) this.#answer(feedback, feedback_presented, ...when);
    for (const frame of this.#frames.splice(0)) this.#answer(frame, callback_done, Math.floor(at_ns / 1e6));
  }

  #handle(name: Interface, { object, opcode, body }: Message, now_ns: number): void {
    const request = this.#requests[`${name} ${opcode}`];
    if (request) request(body, object, now_ns);
    else if (opcode === destructors[name]) {
      this.#objects.delete(object);
      this.#windows.delete(object);
      this.#event(display_id, display_delete_id, word(object));
    }
    // Damage, titles, regions: nothing to be done.
  }

  #bind(index: number, id: number): void {
    const [name] = globals[index] ?? [];
    if (name === undefined) throw new Error(`there is no global ${index}`);
    this.#make(id, name);
    if (name === 'wl_shm') for (const format of [argb8888, xrgb8888]) this.#event(id, shm_format, word(format));
    if (name === 'wp_presentation') this.#event(id, presentation_clock_id, word(clock_monotonic));
  }

  #offer(registry: number): void {
    this.#make(registry, 'wl_registry');
    for (const [index, [name, version]] of globals.entries())
      this.#event(registry, registry_global, word(index), text(name), word(version));
  }

  #make(id: number, name: Interface): void {
    this.#objects.set(id, name);
  }

  /** After stillness the picture is shown at once; else an interval after the one before. */
  #commit(surface: number, now_ns: number): void {
    const attached = this.#attached;
    this.#attached = undefined;
    this.#configure(surface, attached);
    if (attached) this.#event(attached, buffer_release);
    if (this.#frames.length + this.#feedbacks.length === 0) return;
    this.due_ns ??= Math.max(this.#last_ns + this.#interval_ns, now_ns);
  }

  /**
   * A window begins with a commit that has no picture yet, and again after it was taken away, as an output that is switched on again:
   * wlroots from 0.17 on waits each time for this answer, and the whole compositor with it. Its size is its own affair. With its first
   * picture no interval is told, so that the next is composed at once: that is where Sway 1.10 tries a gamma ramp, which no window takes,
   * and the picture is lost. Composed late (max_render_time), after applications were asked for theirs, it would be the last.
   */
  #configure(surface: number, attached: number | undefined): void {
    const window = this.#windows.get(surface);
    if (!window) return;
    if (attached === undefined && !window.configured) this.#event(window.xdg_surface, xdg_surface_configure, word(1));
    if (attached && !window.mapped) this.#first = true;
    if (attached !== undefined) window.mapped = attached !== 0;
    window.configured = attached !== 0;
  }

  /** An event that ends the object which it is for. */
  #answer(object: number, opcode: number, ...values: number[]): void {
    this.#event(object, opcode, ...values.map(word));
    this.#event(display_id, display_delete_id, word(object));
  }

  #event(object: number, opcode: number, ...parts: Buffer[]): void {
    this.#send(message(object, opcode, ...parts));
  }
}
