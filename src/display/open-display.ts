// Chooses the desktop that is streamed: the session that is there, else one of our own. Each is loaded when it is chosen.

import type { Display, DisplayOptions } from './display.ts';

/** Throws PunktfunkError DISPLAY_UNAVAILABLE with what is missing. */
export async function openDisplay(options: DisplayOptions): Promise<Display> {
  if (options.kind !== 'embedded') {
    const { openFound } = await import('./found.ts');
    const session = await openFound(options);
    if (session) return session;
  }
  if (options.kind === 'session') {
    const { PunktfunkError } = await import('../errors.ts');
    throw new PunktfunkError('DISPLAY_UNAVAILABLE', {
      reason: 'no Wayland session answers (WAYLAND_DISPLAY and XDG_RUNTIME_DIR lead to none)',
    });
  }
  const { openEmbedded } = await import('./embedded.ts');
  return openEmbedded(options);
}
