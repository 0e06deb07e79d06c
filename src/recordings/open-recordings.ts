import { join } from 'node:path';
import { reasonOf } from '../errors.ts';
import type { HostEvents } from '../events.ts';
import type { Logger } from '../log.ts';
import { Library } from './library.ts';
import { Recorder } from './recorder.ts';

const tidied_each_ms = 24 * 3_600_000;

export interface Recordings {
  library: Library;
  /** Resolves when all is written. */
  close(): Promise<void>;
}

/** Records what `events` tell of, in a folder of the data directory. */
export function openRecordings(data_dir: string, version: string, events: HostEvents, log: Logger): Recordings {
  const library: Library = new Library({
    directory: join(data_dir, 'recordings'),
    isRunning: (id) => recorder.isRunning(id),
    onRemoved: () => events.tell({ type: 'list', step: 'changed', of: 'recordings' }),
  });
  const recorder = new Recorder({
    events,
    log,
    version,
    pathFor: library.pathFor.bind(library),
    onEnd: () => library.tidy(),
  });
  // A host that streams seldom keeps nothing longer either.
  const tidy = () =>
    library.tidy().catch((error: unknown) => {
      log.warn({ event: 'recordings_not_tidied', err: error }, `Old recordings stay: ${reasonOf(error)}.`);
    });
  void tidy();
  const daily = setInterval(tidy, tidied_each_ms).unref();
  return {
    library,
    async close() {
      clearInterval(daily);
      await recorder.close();
    },
  };
}
