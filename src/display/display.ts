// Where pictures come from: one desktop that can be streamed, whoever runs it and whichever compositor shows it. A client leases an output
// of it for as long as it streams.

import type { SoundTarget } from '../contract/audio.ts';
import type { DesktopInput } from '../contract/input.ts';
import type { VideoTarget } from '../contract/video.ts';
import type { Shortcoming } from '../errors.ts';
import type { Logger } from '../log.ts';

export interface Mode {
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** Thousandths of a hertz, as Wayland counts them. */
  refresh_mhz: number;
}

/** Who leases. */
export interface Client {
  /** The same at its next lease: it finds again what it left. */
  id: string;
  name: string;
}

/** What a client's stream is made of, until release(). */
export interface Output {
  /** For people: "HEADLESS-1". */
  readonly description: string;
  /** Where the engine captures. */
  readonly video: VideoTarget;
  /** Where the engine injects input; null where it cannot. */
  readonly input: DesktopInput | null;
  /** Null: the desktop has no sound of its own; what the user's sound server plays is streamed. */
  readonly sound: SoundTarget | null;
  /** What a program needs to be seen and heard here: the desktop's variables and this output's. */
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves with a reason when this output alone is gone, leased or not; the desktop's other ones are there. */
  readonly gone: Promise<string>;
  /** What it cannot do for this stream: told once a session. */
  readonly shortcomings: readonly Shortcoming[];
  /** The portal's grant, to be shown next time instead of asking again. */
  keepGrant?(restore_token: string): void;
  /** Nobody watches any more: as it was before the lease, and it may sleep. Idempotent. Throws Error where that fails. */
  release(): Promise<void>;
}

export interface Capabilities {
  /** An output takes any size and rate; where it cannot, the picture is scaled. */
  readonly exact_mode: boolean;
  /** So many clients at most see this desktop at the same time, each an output of its own. */
  readonly max_outputs: number;
}

export type DisplayKind = 'session' | 'embedded' | 'synthetic';

export interface Display {
  readonly kind: DisplayKind;
  /** For people, true at this moment: "embedded desktop (sway, HEADLESS-1)". */
  readonly description: string;
  /** What a program needs to reach this desktop: WAYLAND_DISPLAY, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS … */
  readonly environment: Readonly<Record<string, string>>;
  readonly capabilities: Capabilities;
  /** Where the desktop's own output can be looked at, leased or not; those of further clients are in their leases. */
  readonly video: VideoTarget;
  /**
   * Makes an output ready to be watched: it is on and in exactly this mode, and the desktop stays awake until it is released. What it
   * cannot do is told. `may_change` false: a session of somebody's own keeps its mode. Waits for outputs that are being released. Throws
   * PunktfunkError DISPLAY_FULL, DISPLAY_MODE_REFUSED, DISPLAY_ASLEEP, DISPLAY_GONE; nothing is changed then.
   */
  lease(mode: Mode, client: Client, may_change: boolean): Promise<Output>;
  /**
   * What this client has left here may end: it does not come back to it. What was made for it alone ends, with its programs; the desktop
   * as it is stays, and is the next one's.
   */
  forget(client_id: string): Promise<void>;
  /** Called once, when the desktop is gone without close(). */
  onGone(listener: (sentence: string) => void): void;
  /** What it has lost since it was opened, for good: known without asking, while a stream goes on. */
  lost(): Shortcoming[];
  /** Asks the compositor itself. Undefined when it answers; else why it cannot be streamed, as the end of a sentence. */
  ask(): Promise<string | undefined>;
  /**
   * Whether openDisplay() would choose this desktop now: to be asked before a launch, while nothing is streamed and no application runs.
   */
  isFirstChoice(): Promise<boolean>;
  /** Gives the desktop back, leased outputs first; the embedded one ends. Idempotent. */
  close(): Promise<void>;
}

export interface DisplayOptions {
  data_dir: string;
  /** Private (0700) and of this run. */
  runtime_dir: string;
  log: Logger;
  /** auto: the session that is there, else the embedded desktop. */
  kind: 'auto' | 'session' | 'embedded';
  /** Of the host: where the session is, and what the embedded desktop's programs are given. */
  environment?: NodeJS.ProcessEnv;
  /** Ends the opening: nobody waits for the desktop any more. */
  signal?: AbortSignal;
}
