// The receiving end: on this machine, or on another, where `throughput receive` asks over TCP what there is to do.

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type Static, Type } from 'typebox';
import { Check } from 'typebox/schema';
import { harness_command } from '../../src/installation.ts';
import { readMeter } from '../kit/meter.ts';
import { max_values } from '../kit/report.ts';
import { NotMeasured } from '../kit/run.ts';

const Count = Type.Integer({ minimum: 0 });

/** Of punktfunk-throughput receive (receive.cpp), here or there. */
export const Received = Type.Object(
  {
    /** From the first datagram to the last. */
    seconds: Type.Number({ minimum: 0 }),
    datagrams: Count,
    bytes: Count,
    kernel_drops: Count,
    frames: Count,
    repaired: Count,
    lost: Count,
    late: Count,
    refused: Count,
    damaged: Count,
    unit_bytes: Count,
    cpu_ns: Count,
    handed_to_whole_ms: Type.Array(Type.Number(), { maxItems: max_values }),
  },
  { additionalProperties: false },
);
export type Received = Static<typeof Received>;

export const default_port = 47_961;

export interface ReceivingEnd {
  /** Its clock is ours. */
  readonly here: boolean;
  /** From the sender at this UDP port, until nothing comes any more. */
  receive(udp_port: number): Promise<Received>;
  close(): void;
}

export const endHere = (program: string, signal: AbortSignal): ReceivingEnd => ({
  here: true,
  async receive(udp_port) {
    for await (const line of readMeter<Received>(program, ['receive', '127.0.0.1', udp_port], { signal })) return line;
    throw new NotMeasured('The receiving end ended without a word.');
  },
  close: () => {},
});

const max_line_bytes = 1 << 20;

/** Lines from outside; throws Error for one that is too long. */
export async function* linesFrom(socket: Socket): AsyncGenerator<string, void> {
  let rest = '';
  for await (const part of socket) {
    rest += String(part);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > max_line_bytes) throw new Error('a line is too long');
    yield* lines;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

interface Other {
  readonly address: string;
  /** TCP, here. */
  readonly port: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Waits for `throughput receive` on the machine with this address. Throws NotMeasured. */
export async function endThere({ address, port, signal, say }: Other): Promise<ReceivingEnd> {
  const server = createServer();
  try {
    server.listen(port, '0.0.0.0');
    await once(server, 'listening', { signal });
    say(`waiting for "throughput receive" at ${address} …`);
    let socket: Socket | undefined;
    while (socket === undefined) {
      const [came] = (await once(server, 'connection', { signal })) as [Socket];
      if (came.remoteAddress === address) socket = came;
      else came.destroy();
    }
    return remoteEnd(socket, address);
  } catch (error) {
    throw new NotMeasured(
      signal.aborted
        ? `Nobody receives at ${address}: run "${harness_command} throughput receive" there, with this machine's address.`
        : `TCP ${port} cannot be opened: ${error instanceof Error ? error.message : String(error)}.`,
    );
  } finally {
    server.close();
  }
}

function remoteEnd(socket: Socket, address: string): ReceivingEnd {
  socket.on('error', () => {}); // its end tells
  const lines = linesFrom(socket);
  return {
    here: false,
    async receive(udp_port) {
      socket.write(`${JSON.stringify({ receive: udp_port })}\n`);
      const { value } = await lines.next().catch(() => ({ value: undefined }));
      const answer = value === undefined ? undefined : parsed(value);
      if (Check(Received, answer)) return answer;
      throw new NotMeasured(
        `The receiving end at ${address} ${value === undefined ? 'is gone' : 'does not say what came'}.`,
      );
    },
    close: () => socket.destroy(),
  };
}
