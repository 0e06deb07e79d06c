// The engine process: forked by the host, spoken to in the messages of src/contract, which the addon reads and writes itself. It ends by
// itself when the stream has ended or the host is gone.

import type { EngineMessage, HostMessage } from '../contract/messages.ts';
import { serve_command } from '../installation.ts';
import { settleMemory } from '../settle.ts';
import { type EngineAddon, loadEngineAddon, type NativeEngine } from './addon.ts';

/**
 * From the first picture on the JavaScript has nothing to do but pass a message a second; late enough not to delay the pictures after it.
 */
const settle_after_ms = 3_000;

const max_reason_length = 1024; // of a problem's parameter
/** When there is no host left to decide. */
const graceful_stop: HostMessage = { type: 'stop', farewell: 'graceful' };
const exit_codes = { ended: 0, failed: 1, not_forked: 64 } as const;

let addon: EngineAddon | undefined;
let engine: NativeEngine | undefined;

function exit(code: number): never {
  if (addon) addon.exitNow(code); // native threads of a failed engine may still run: nothing of theirs is torn down
  process.exit(code);
}

function tell(message: EngineMessage): void {
  if (message.type === 'first_frame') settleMemory(settle_after_ms);
  const then = () => {
    if (message.type === 'ended') exit(message.reason === 'failed' ? exit_codes.failed : exit_codes.ended);
  };
  if (process.connected) process.send?.(message, undefined, {}, then);
  else then();
}

if (!process.send) {
  console.error(`This is a part of punktfunk, which starts it by itself: run ${serve_command}`);
  process.exit(exit_codes.not_forked);
}
const stop = () => engine?.take(JSON.stringify(graceful_stop));
process.title = 'punktfunk-engine';
process.on('SIGINT', () => {}); // Ctrl-C reaches the whole terminal group; the host decides
process.on('SIGHUP', () => {});
process.on('SIGTERM', stop);
process.on('disconnect', stop);
process.on('message', (message) => engine?.take(JSON.stringify(message)));
try {
  addon = loadEngineAddon();
  engine = new addon.Engine((json) => tell(JSON.parse(json)));
  tell({ type: 'loaded', pid: process.pid });
} catch (error) {
  const reason = (error instanceof Error ? error.message : String(error)).slice(0, max_reason_length);
  tell({ type: 'problem', failure: { code: 'engine_unloadable', parameters: { reason } }, fatal: true });
  tell({ type: 'ended', reason: 'failed' });
}
