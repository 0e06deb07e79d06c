// The streams, as they can be seen and told what to do.

import type { HostEvents, SessionReport } from '../events.ts';
import type { SessionSummary } from '../management/schema/sessions.ts';
import type { Preview } from '../session/previews.ts';
import type { Sessions } from '../session/sessions.ts';

export class SessionsService {
  readonly #sessions: Sessions;
  readonly #events: HostEvents;

  constructor(sessions: Sessions, events: HostEvents) {
    this.#sessions = sessions;
    this.#events = events;
  }

  /** In the order of their launches. */
  list(): SessionSummary[] {
    return this.#sessions.list().map((session) => session.describe());
  }

  /** Ends a stream and tells its client so in its own words; the application stays, to be resumed. Throws STREAM_NOT_FOUND. */
  async stop(id: string): Promise<void> {
    await this.#sessions.find(id).end("stopped by the host's administrator", 'graceful');
  }

  /** Throws STREAM_NOT_FOUND, STREAM_NOT_WATCHED. */
  requestIdr(id: string): void {
    this.#sessions.find(id).requestIdr();
  }

  /** The stream as it is then. Throws STREAM_NOT_FOUND, STREAM_NOT_WATCHED, BITRATE_REFUSED, ENGINE_FAILED. */
  async setBitrate(id: string, bitrate_kbps: number): Promise<SessionSummary> {
    const session = this.#sessions.find(id);
    await session.setBitrate(bitrate_kbps);
    return session.describe();
  }

  /** What the stream shows; without an id, what the desktop itself does. Throws STREAM_NOT_FOUND, PREVIEW_IMPOSSIBLE, PREVIEW_FAILED. */
  preview(id?: string): Promise<Preview> {
    return id === undefined ? this.#sessions.previewOfDesktop() : this.#sessions.preview(id);
  }

  /** Hears once a second how each stream goes, with the times of each frame, until what is returned is called. */
  watch(listener: (report: SessionReport) => void): () => void {
    const endFrames = this.#sessions.watchFrames();
    const endReports = this.#events.reports.subscribe(listener);
    return () => {
      endReports();
      endFrames();
    };
  }
}
