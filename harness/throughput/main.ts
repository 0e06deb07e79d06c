// `punktfunk-harness throughput`: how far the data plane goes, from access units to datagrams and back.

import { isIPv4 } from 'node:net';
import type { HarnessCommand } from '../command.ts';
import { each, several } from '../kit/lists.ts';
import { command } from '../kit/measurement.ts';
import { MeterError, meter, readMeter } from '../kit/meter.ts';
import { UsageError, type Values, whole, words } from '../kit/options.ts';
import { NotMeasured, type Run } from '../kit/run.ts';
import { default_port, endHere, endThere, type Received, type ReceivingEnd } from './ends.ts';
import { addCurves, addRate, type Rate, type Sent } from './figures.ts';
import { receive } from './receive.ts';

/** 0: as much as goes. */
function gbpsOf(word: string): number | undefined {
  if (word === 'max') return 0;
  const value = /^\d{1,3}(\.\d{1,6})?$/.test(word) ? Number(word) : Number.NaN;
  return value >= 0.001 && value <= 400 ? value : undefined;
}

const options = {
  gbps: several(
    'X[,…]',
    'on the wire; max: as much as goes',
    '1,2.5,5,10,max',
    'numbers from 0.001 to 400, or max',
    gbpsOf,
  ),
  seconds: whole('each rate', 3, 1, 3600),
  to: words('ADDRESS', 'of the machine on which "throughput receive" runs; without it both ends are here'),
  port: whole('TCP, on which the receiving end is waited for', default_port, 1, 65_535),
};

type ThroughputRun = Run<Values<typeof options>>;

const measurement = command({
  name: 'throughput',
  summary: 'how much goes through packets, repair, seals, network',
  operands: '[receive ADDRESS [PORT]] [options]',
  about: `Pictures of noise go through what sends a stream: FEC (20 %), AES-GCM, pacing, UDP;
and through what a client has: socket, unsealing, repair. No desktop, no encoder,
no decoder. Rates are those of UDP payload, parity with it. With --to, the
receiving end is another machine.`,
  examples: ['--json --out throughput.json', '--to 192.168.1.7 --gbps 1,2.5,max', 'receive 192.168.1.5'],
  options,
  limits: ['max-loss', 'max-p95-ms'],
  budget_s: 300,
  check(operands, { to }) {
    if (operands.length > 0) throw new UsageError(`throughput takes no "${operands[0]}"`);
    if (to !== undefined && !isIPv4(to)) throw new UsageError(`--to wants an IPv4 address, not "${to}"`);
  },
  async measure(run) {
    const program = meter('throughput');
    const { to, port } = run.values;
    const { signal, progress: say } = run;
    const end = to === undefined ? endHere(program, signal) : await endThere({ address: to, port, signal, say });
    if (end.here) run.note('Both ends are on this machine, and share its cores.');
    try {
      await measureRates(run, program, end);
    } catch (error) {
      if (error instanceof MeterError) throw new NotMeasured(error.message, { cause: error });
      throw error;
    } finally {
      end.close();
    }
  },
});

export const throughput: HarnessCommand = {
  summary: measurement.summary,
  run: (argv) => (argv[0] === 'receive' ? receive(argv.slice(1)) : measurement.run(argv)),
};

async function measureRates(run: ThroughputRun, program: string, end: ReceivingEnd): Promise<void> {
  const rates: Rate[] = [];
  for (const asked_gbps of each(run.values.gbps, gbpsOf)) {
    if (run.signal.aborted) break;
    const name = asked_gbps === 0 ? 'as much as goes' : `${asked_gbps} Gbit/s`;
    run.progress(`${name} …`);
    const both = await measureRate(run, program, end, asked_gbps);
    if (both) rates.push(addRate(run, run.newCase(name), { ...both, asked_gbps, here: end.here }));
  }
  addCurves(run.newCase('over the rates'), rates);
}

/** undefined: it was cut short. */
async function measureRate(run: ThroughputRun, program: string, end: ReceivingEnd, asked_gbps: number) {
  const addresses = end.here ? ['127.0.0.1', '127.0.0.1'] : ['0.0.0.0', run.values.to ?? ''];
  const unheard = new AbortController(); // nobody receives any more
  const signal = AbortSignal.any([run.signal, unheard.signal]);
  let receiving: Promise<Received> | undefined;
  let sent: Sent | undefined;
  const send = ['send', ...addresses, asked_gbps * 1000, run.values.seconds];
  for await (const line of readMeter<{ port: number } | Sent>(program, send, { signal })) {
    if ('port' in line) {
      receiving = end.receive(line.port);
      receiving.catch(() => unheard.abort());
    } else sent = line;
  }
  if (!receiving || run.signal.aborted) return undefined;
  const received = await receiving;
  return sent && { sent, received };
}
