// `punktfunk-harness impair`: a link that loses, delays and narrows, put before a host for whoever streams from it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { harness_command } from '../../src/installation.ts';
import { default_base_port } from '../../src/ports.ts';
import type { HarnessCommand } from '../command.ts';
import { exits } from '../exits.ts';
import { amount, flag, optionLines, readWords, UsageError, type Values, whole, words } from '../kit/options.ts';
import { withUsage } from '../kit/usage.ts';
import { HostBehindLink } from './behind-link.ts';
import { RelayError, type RelayStats, relayProgram } from './relay.ts';

const table = {
  listen: words('ADDRESS', 'of this machine, at which clients then find the host (127.0.0.2)'),
  port: whole("the host's HTTP port, and ours", default_base_port, 1029, 65_514),
  scenario: words('NAME', 'a link out of the list'),
  down: words('LINK', 'from the host to the client'),
  up: words('LINK', 'from the client to the host'),
  seed: whole('of everything random in it', 1, 0, Number.MAX_SAFE_INTEGER),
  'duration-s': amount('seconds until it ends; 0 = Ctrl-C', 0, 0, 1e6),
  json: flag('what became of the datagrams as one JSON document'),
  list: flag('the scenarios, what they do and whence their figures are'),
  netem: words('DEVICE', 'no relay: a script of tc on standard output that does the same to what leaves by the device'),
  'netem-up': words('DEVICE', 'the same of the other direction'),
} as const;

const help = `usage: punktfunk-harness impair HOST [options]

Stands before a GameStream host, at another address of this machine, and lets
its picture, sound and control (UDP) through a link that loses, delays and
narrows; HTTP and RTSP (TCP) pass as they are. The same seed loses the same
datagrams. No root, any host, any client.

  ${harness_command} impair 127.0.0.1 --scenario lte --seed 7
  ${harness_command} impair 192.168.1.5 --down "loss=2% delay=20ms"
  ${harness_command} impair --scenario roaming --netem eth0 | sudo sh
  Then: ${harness_command} probe stream 127.0.0.2

${optionLines(table).join('\n')}

LINK is words, parted by spaces:
  loss=2%        datagrams lost, each by itself
  bursts=1%      share of datagrams that meet the bad state of a
  burst=20       Gilbert-Elliott channel, their mean number each time (8),
  burst-loss=80% and how many of them it loses (100%)
  delay=20ms     one way
  jitter=5ms     up to this much more, order kept
  reorder=1%     datagrams that come later than the others, by
  reorder-by=5ms (10ms)
  duplicate=1%   datagrams that come twice
  corrupt=1%     datagrams with one bit turned over
  rate=10mbit    of the bottleneck, and what may wait before it,
  queue=256kb    in bytes or in time at that rate (256kb)
  police=10mbit  a token bucket that drops what is beyond, and its size
  police-burst=64kb
  mtu=1280       larger IP packets are dropped
  down           nothing passes

exit codes: 0 ended by a signal or its time, 1 it could not be done, 2 usage, 7
the output could not be written`;

type Given = Values<typeof table>;

/** The program's own words for the link. */
const linkWords = (given: Given): string[] =>
  (['scenario', 'down', 'up'] as const).flatMap((name) => {
    const word = given[name];
    return word === undefined ? [] : [`--${name}`, word];
  });

/** What the program does by itself: its output is ours. */
async function program(...argv: readonly string[]): Promise<number> {
  const child = spawn(relayProgram(), argv, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : exits.failed;
}

async function stand(host: string, given: Given): Promise<number> {
  const path = await HostBehindLink.open({
    host,
    base_port: given.port,
    listen: given.listen ?? '127.0.0.2',
    seed: given.seed,
    link: linkWords(given),
  });
  try {
    process.stderr.write(`${host} is at ${path.listen}:${path.base_port} now, behind the link. Ctrl-C ends it.\n`);
    const broken = await Promise.race([untilTold(given['duration-s']), path.relay.ended]);
    if (broken) throw broken;
    const stats = await path.relay.stats();
    process.stdout.write(given.json ? `${JSON.stringify({ seed: given.seed, ...stats })}\n` : `${text(stats)}\n`);
    return exits.passed;
  } finally {
    await path.close();
  }
}

function untilTold(duration_s: number): Promise<void> {
  return new Promise((done) => {
    process.once('SIGINT', () => done());
    process.once('SIGTERM', () => done());
    if (duration_s > 0) setTimeout(done, duration_s * 1000);
  });
}

const fates = [
  ['sent', 'came'],
  ['delivered', 'went on'],
  ['lost', 'lost'],
  ['queue_dropped', 'found the queue full'],
  ['outage_dropped', 'came in an outage'],
  ['policed', 'were beyond the police rate'],
  ['too_large', 'were larger than the MTU'],
  ['duplicated', 'went twice'],
  ['corrupted', 'were corrupted'],
  ['reordered', 'were overtaken'],
] as const;

function text(stats: RelayStats): string {
  const lines = ['        down          up'];
  for (const [name, what] of fates) {
    const [down = 0, up = 0] = [stats[`down_${name}`], stats[`up_${name}`]];
    if (down + up > 0) lines.push(`${`${down}`.padStart(12)}${`${up}`.padStart(12)}  ${what}`);
  }
  const own =
    (stats.kernel_drops ?? 0) + (stats.unsent ?? 0) + (stats.down_overflowed ?? 0) + (stats.up_overflowed ?? 0);
  if (own > 0) lines.push(`${own} were lost in this machine, by no rule of the link`);
  if ((stats.strangers ?? 0) > 0) lines.push(`${stats.strangers} came from strangers, and went nowhere`);
  lines.push(
    `later than due: p50 ${stats.late_p50_us} us, p99 ${stats.late_p99_us} us, at most ${stats.late_max_us} us`,
  );
  return lines.join('\n');
}

const run = (argv: readonly string[]): Promise<number> => withUsage('impair', () => obey(argv));

async function obey(argv: readonly string[]): Promise<number> {
  try {
    const { values, operands, help: asked } = readWords(table, argv);
    if (asked) {
      process.stdout.write(`${help}\n`);
      return exits.passed;
    }
    if (values.list) return await program('--list');
    if (values.netem !== undefined) return await program(...linkWords(values), '--netem', values.netem);
    if (values['netem-up'] !== undefined) return await program(...linkWords(values), '--netem-up', values['netem-up']);
    const [host, ...more] = operands;
    if (host === undefined || more.length > 0) throw new UsageError('impair takes one host');
    return await stand(host, values);
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return exits.failed;
  }
}

export const impair: HarnessCommand = { summary: 'a link that loses, delays and narrows, before any host', run };
