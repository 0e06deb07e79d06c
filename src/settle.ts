import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Gives back, once, what loading leaves behind: some 15 MB of a process that then has little to do. V8 would keep it, as it collects only
 * when something is allocated. Takes 30 to 40 ms of one core. Compiled modules are kept for the next process, also where this one ends at
 * once. V8's own way to give memory back, two whole collections some seconds after each burst of work, is switched off: each takes 20 to
 * 28 ms of two cores, and a desktop beside it shows a picture too late (docs/benchmarks.md, What a client gets).
 */
export function settleMemory(after_ms: number): void {
  setTimeout(() => {
    flushCompileCache();
    setFlagsFromString('--memory-reducer-gc-count=0');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (options: object) => void;
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }, after_ms).unref();
}
