import { scheduler } from 'node:timers/promises';
import { exit_codes, PunktfunkError } from '../errors.ts';
import { listen } from '../management/listen.ts';
import type { Command } from './command.ts';

/** Between two looks whether the host is back. */
const retry_ms = 1_000;

export const events: Command = {
  name: 'events',
  summary: 'print what happens as it happens',
  parameters: '',
  arity: 0,
  help: `Prints a line of JSON for each event until it is stopped (Ctrl-C). When the host is started again it goes on by itself. The first line
of each connection is a "hello"; its "gap" is true when something was missed that is not known any more.

  {host} events
  {host} events | jq -r '.type + " " + .step'
  {host} events --after ID        # from the event after this one on`,
  options: { after: { type: 'string', value: 'ID', help: 'begin with what came after this event' } },
  async run({ data_dir, values, print }) {
    const left = new AbortController();
    process.stdout.once('error', () => left.abort()); // its reader is gone
    let last_id = typeof values.after === 'string' ? values.after : undefined;
    for (let heard = false; !left.signal.aborted; ) {
      try {
        await listen(data_dir, { path: '/api/v1/events', last_id, signal: left.signal }, ({ id, data }) => {
          heard = true;
          last_id = id ?? last_id;
          print(data);
        });
        if (!left.signal.aborted) process.stderr.write('The host is gone; waiting for it.\n');
      } catch (error) {
        const gone = error instanceof PunktfunkError && ['HOST_NOT_RUNNING', 'HOST_UNREACHABLE'].includes(error.code);
        if (!heard || !gone) throw error;
      }
      await scheduler.wait(retry_ms, { signal: left.signal }).catch(() => {});
    }
    return exit_codes.ok;
  },
};
