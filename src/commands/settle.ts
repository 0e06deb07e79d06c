import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const settle_after_ms = 1_000;

/**
 * Gives back, once, what start-up leaves behind: about 15 MB of a host that then rests for hours. V8 would keep it, as it collects only when
 * something is allocated. Takes some 30 ms.
 */
export function settleMemory(): void {
  setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (options: object) => void;
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }, settle_after_ms).unref();
}
