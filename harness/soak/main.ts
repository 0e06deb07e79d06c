// `punktfunk-harness soak`: a stream for hours, with a fault every so often: does anything grow, and does it go on.

import { HostBehindLink } from '../impair/behind-link.ts';
import { RelayError } from '../impair/relay.ts';
import { command } from '../kit/measurement.ts';
import { UsageError } from '../kit/options.ts';
import { NotMeasured } from '../kit/run.ts';
import { openHost, openOwn, type Target } from '../latency/target.ts';
import { Probe } from '../probe/client.ts';
import { ProbeError } from '../probe/errors.ts';
import { defaultDataDir } from '../probe/identity.ts';
import { options, type SoakRun } from './options.ts';
import { Soak } from './soak.ts';

export const soak = command({
  name: 'soak',
  summary: 'a stream for hours, with faults: does anything grow',
  operands: '[HOST] [options]',
  about: `Streams, and samples what the host's processes hold and how late pictures are. Now
and then, as the seed says: the client leaves and comes back (leave), or without a
goodbye (vanish), 10 % of the datagrams are lost for a while (loss), or many at once
(burst), the engine is killed (engine), the sound server stands still for 2 s
(sound), or is killed and has to be there again (sound-kill); the last three where
the host is on this machine.
Without HOST: our own, with a desktop of its own. What grows over the last three
quarters, by more than 5 % and as sure as 99 in 100, fails.`,
  examples: ['--minutes 480 --out soak.json', '192.168.1.5 --pin 1234 --minutes 60 --faults leave,loss'],
  options,
  limits: ['max-p95-ms', 'max-loss'],
  budget_s: 7 * 86_400,
  check(operands, { pin, 'host-pid': host_pid }) {
    if (operands.length > 1) throw new UsageError('soak takes one host');
    if (operands.length === 0 && (pin !== undefined || host_pid !== 0))
      throw new UsageError('--pin and --host-pid are of a HOST, and none is named');
  },
  async measure(run) {
    try {
      const target = await open(run);
      try {
        await soakTarget(run, target);
      } finally {
        await target.close();
      }
    } catch (error) {
      if (error instanceof ProbeError) throw new NotMeasured(`${error.message.replace(/\.$/, '')}.`, { cause: error });
      throw error;
    }
  },
});

function open({ operands, values, progress, signal }: SoakRun) {
  const [host] = operands;
  progress(host === undefined ? 'our own host starts …' : `${host} is asked …`);
  if (host === undefined) return openOwn(signal);
  const { port, pin, app } = values;
  const [probe_dir, beacon_command] = [values['probe-dir'] ?? defaultDataDir(), values['beacon-command']];
  const none = { data_dir: undefined, token_file: undefined, react_command: undefined };
  return openHost({ ...none, host, port, pin, app, probe_dir, beacon_command }, progress);
}

/** Of this machine, where the host then is behind the relay too. */
const relay_address = '127.0.0.2';

async function soakTarget(run: SoakRun, target: Target): Promise<void> {
  const host_pid = target.pid ?? (run.values['host-pid'] || undefined);
  const { host, port, probe_dir } = target.where;
  const behind = { host, base_port: port, listen: relay_address, seed: run.seed, link: [] };
  const path = await HostBehindLink.open(behind).catch((error: unknown) => {
    if (error instanceof RelayError) return error;
    throw error;
  });
  if (path instanceof RelayError) {
    const soaked = { target, probe: target.probe, relay: undefined, host_pid, no_relay: path.message };
    return new Soak(run, soaked).run();
  }
  try {
    const probe = await Probe.open({ host: path.listen, port: path.base_port, data_dir: probe_dir });
    await new Soak(run, { target, probe, relay: path.relay, host_pid, no_relay: undefined }).run();
  } catch (error) {
    if (error instanceof RelayError) throw new NotMeasured(error.message);
    throw error;
  } finally {
    await path.close();
  }
}
