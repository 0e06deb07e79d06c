// One kind of compositor, whoever runs it: what it can do is in its capabilities, and conformance.test.ts asks all of them for that.

import type { VideoTarget } from '../../contract/video.ts';
import type { Shortcoming } from '../../errors.ts';
import type { Capabilities, Mode, Output } from '../display.ts';

/** An output as a driver gives it; the desktop adds what is the same for all: release() once only, and its own variables. */
export type DrivenOutput = Omit<Output, Added> & Partial<Pick<Output, Added>>;
type Added = 'environment' | 'sound' | 'gone';

export interface Driver {
  /** Of which kind and what it shows, as a part of the desktop's description: "sway, HEADLESS-1". */
  readonly description: string;
  /** `max_outputs`: of the compositor itself. */
  readonly capabilities: Capabilities;
  /** Where its own output can be looked at, leased or not. */
  readonly video: VideoTarget;
  /** What programs need besides the session's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves with a reason when the compositor is gone, or closed. */
  readonly gone: Promise<string>;
  /** Called for one output after the other, and never for more than max_outputs. Undoes what it did when it throws. */
  open(mode: Mode, may_change: boolean): Promise<DrivenOutput>;
  /** Undefined when the compositor answers; else why not. */
  ask(): Promise<string | undefined>;
  /** Whether what it was opened for is still there. */
  isThere(): Promise<boolean>;
  close(): void;
}

export const own_mode: Shortcoming = { code: 'own_mode', parameters: {} };
