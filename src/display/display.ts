// Where pictures come from: one desktop that can be streamed, whichever compositor shows it.

import type { Logger } from '../log.ts';
import type { StartMessage, VideoTarget } from '../session/engine-messages.ts';

export interface Mode {
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** Thousandths of a hertz, as Wayland counts them. */
  refresh_mhz: number;
}

/** What a desktop cannot do for a stream, told once a session. */
export interface Shortcoming {
  code: string;
  /** A full sentence. */
  detail: string;
}

export type DisplayKind = 'session' | 'embedded' | 'synthetic';

export interface Display {
  readonly kind: DisplayKind;
  /** For people, true at this moment: "embedded desktop (sway, HEADLESS-1)". */
  readonly description: string;
  /** What a program needs to reach this desktop: WAYLAND_DISPLAY, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS … */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the engine captures. */
  videoTarget(): VideoTarget;
  /** Where the engine injects input; null where it cannot. */
  inputTarget(): StartMessage['input'];
  /**
   * Makes the desktop ready to be watched: the output is on and in exactly this mode, and stays awake until restoreMode(). What it cannot do
   * is told; the picture is scaled to the client's size then. `may_change` false: a session of somebody's own keeps its mode. Throws
   * PunktfunkError DISPLAY_MODE_REFUSED, DISPLAY_ASLEEP, DISPLAY_GONE.
   */
  setMode(mode: Mode, may_change?: boolean): Promise<Shortcoming[]>;
  /** Nobody watches any more: back to the mode before the first setMode, and it may sleep. Idempotent. */
  restoreMode(): Promise<void>;
  /** The portal's grant, to be shown next time instead of asking again. */
  keepGrant?(restore_token: string): void;
  /** Called once, when the desktop is gone without close(). */
  onGone(listener: (sentence: string) => void): void;
  /** What it has lost since it was opened, for good: known without asking, while a stream goes on. */
  lost?(): Shortcoming[];
  /** Asks the compositor itself. Undefined when it answers; else why it cannot be streamed, as the end of a sentence. */
  ask(): Promise<string | undefined>;
  /** Whether openDisplay() would choose this desktop now: to be asked before a launch, while nothing is streamed and no application runs. */
  isFirstChoice(): Promise<boolean>;
  /** Gives the desktop back; the embedded one ends. Idempotent. */
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
