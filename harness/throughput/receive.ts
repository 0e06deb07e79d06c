// `punktfunk-harness throughput receive`: the receiving end, for a sender on another machine.

import { once } from 'node:events';
import { connect, isIPv4 } from 'node:net';
import { harness_command } from '../../src/installation.ts';
import { exits } from '../exits.ts';
import { MeterError, meter, readMeter } from '../kit/meter.ts';
import { NotMeasured } from '../kit/run.ts';
import { default_port, linesFrom, type Received } from './ends.ts';

const help = `usage: punktfunk-harness throughput receive ADDRESS [PORT]

The receiving end of what "throughput --to" at ADDRESS sends (its TCP port:
${default_port}). It ends with the sender.`;

function wrong(text: string): number {
  process.stderr.write(`${text}. ${harness_command} throughput receive --help tells more.\n`);
  return exits.usage;
}

/** What the sender asks for: a UDP port. */
function portIn(line: string): number | undefined {
  const [, port] = /^\{"receive":(\d{1,5})\}$/.exec(line) ?? [];
  return port === undefined || Number(port) > 65_535 ? undefined : Number(port);
}

async function answer(
  program: string,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<Received | undefined> {
  for await (const received of readMeter<Received>(program, ['receive', address, port], { signal })) return received;
  return undefined;
}

/** Resolves with the exit code. */
export async function receive(words: readonly string[]): Promise<number> {
  const [address = '', word, ...more] = words;
  if (address === '--help' || address === '-h') {
    process.stdout.write(`${help}\n`);
    return exits.passed;
  }
  const port = word === undefined ? default_port : Number(word);
  if (!isIPv4(address)) return wrong(`receive wants the sender's IPv4 address, not "${address}"`);
  if (more.length > 0 || !Number.isInteger(port) || port < 1 || port > 65_535)
    return wrong('receive wants one TCP port from 1 to 65535');
  const leaving = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leaving.abort());
  try {
    const program = meter('throughput');
    const socket = connect(port, address);
    leaving.signal.addEventListener('abort', () => socket.destroy());
    await once(socket, 'connect');
    for await (const line of linesFrom(socket)) {
      const udp_port = portIn(line);
      if (udp_port === undefined) throw new NotMeasured(`${address} is no sender of this kit`);
      const received = await answer(program, address, udp_port, leaving.signal);
      if (received === undefined) break;
      socket.write(`${JSON.stringify(received)}\n`);
      process.stdout.write(`${((received.bytes * 8) / 1e9 / Math.max(received.seconds, 1e-9)).toFixed(2)} Gbit/s\n`);
    }
    return exits.passed;
  } catch (error) {
    const known = error instanceof MeterError || error instanceof NotMeasured;
    const why = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    process.stderr.write(known ? `${why}.\n` : `${address} cannot be asked at TCP ${port}: ${why}.\n`);
    return exits.not_measured;
  }
}
