import { hostCommand } from '../config/paths.ts';
import { exit_codes } from '../errors.ts';
import { host_command } from '../installation.ts';
import { HostClient } from '../management/client.ts';
import type { Status } from '../management/schema/status.ts';
import type { Command } from './command.ts';
import { describeConsole } from './describe-console.ts';
import { wrap } from './help.ts';

export const status: Command = {
  name: 'status',
  summary: 'show what the host is doing',
  parameters: '',
  arity: 0,
  help: `Shows what is streamed, to whom and how well:

  {host} status
  {host} status --json`,
  options: {},
  async run({ data_dir, json, print }) {
    const now = await new HostClient(data_dir).ask('GET', '/api/v1/status');
    if (json) {
      print(JSON.stringify(now));
      return exit_codes.ok;
    }
    const web = await new HostClient(data_dir).ask('GET', '/api/v1/console');
    print([...pageOf(now, hostCommand(data_dir, 'pair PIN')), ...describeConsole(web)].join('\n'));
    return exit_codes.ok;
  },
};

const ignored = (count: number): string => (count > 0 ? `, ${count} of them ignored` : '');
const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
const ms = (us: number): string => (us / 1000).toFixed(1);

/** The status in lines for people that fit a terminal; what is to be copied stays whole. */
export const pageOf = (...what: Parameters<typeof describeStatus>): string[] =>
  describeStatus(...what).flatMap((line) => (line.startsWith('pairing') ? [line] : wrap(line, 80, ' '.repeat(10))));

/** The status in lines, each of any length. */
export function describeStatus(now: Status, pair_command = `${host_command} pair PIN`): string[] {
  const lines = [
    `${now.name}: punktfunk ${now.version}, process ${now.pid}, up ${duration(now.uptime_s)}, ${now.memory_mb} MB`,
    `desktop   ${now.display ?? 'none; the next launch tries to open one'}${now.display_trouble === null ? '' : `: ${now.display_trouble}`}`,
    `address   ${now.addresses.join(', ')}, port ${now.ports.http}${now.announced ? ', announced on the network' : ''}`,
    `clients   ${now.paired_clients} paired`,
  ];
  for (const { address, waiting_s } of now.waiting_to_pair) {
    lines.push(`pairing   ${address} has been waiting for its PIN for ${duration(waiting_s)}: ${pair_command}`);
  }
  const { requests_refused, connections_closed, lines_left_out } = now.strangers;
  const refusals = [
    requests_refused > 0 ? `${requests_refused} requests refused` : '',
    connections_closed > 0 ? `${connections_closed} connections closed` : '',
    lines_left_out > 0 ? `${lines_left_out} log lines left out` : '',
  ].filter((part) => part !== '');
  if (refusals.length > 0) lines.push(`strangers ${refusals.join(', ')}`);
  if (now.apps.length + now.sessions.length === 0) lines.push('running   nothing');
  for (const { title, client, watched } of now.apps) {
    if (!watched) lines.push(`running   ${title} of ${client.name} (can be resumed)`);
  }
  for (const session of now.sessions) lines.push(...describeSession(session));
  return lines;
}

function describeSession(session: Status['sessions'][number]): string[] {
  const { name, address } = session.client;
  const lines = [`running   ${session.app.title}`];
  lines.push(`client    ${name.includes(address) ? name : `${name} at ${address}`}, ${session.phase}`);
  if (session.video) {
    const { width, height, fps, codec, encoder, bitrate_kbps, encrypted } = session.video;
    lines.push(
      `stream    ${width}x${height}, ${fps} frames/s, ${codec}${encoder ? ` (${encoder})` : ''}, ${(bitrate_kbps / 1000).toFixed(1)} Mbit/s${encrypted ? ', encrypted' : ''}`,
    );
  }
  if (session.engine.restarts > 0) lines.push(`engine    started again ${times(session.engine.restarts)}`);
  for (const { detail } of session.problems) lines.push(`problem   ${detail}`);
  const { stats, pictures } = session;
  if (stats) {
    const { total } = stats.latency;
    if (pictures) {
      const { sent, asked, missed, bound } = pictures;
      const mbit_per_s = (stats.bytes_sent * 8) / Math.max(stats.interval_s, 0.001) / 1e6;
      lines.push(
        `pictures  ${sent} of ${asked} a second, ${mbit_per_s.toFixed(1)} Mbit/s`,
        `bound by  ${bound.detail}${missed > 0 ? `; ${missed} a second are missed` : ''}`,
      );
    }
    lines.push(
      `latency   presentation to network ${ms(total.p50_us)} ms (p50), ${ms(total.p95_us)} ms (p95), ${ms(total.p99_us)} ms (p99)`,
      `input     ${stats.control.input_events} events${ignored(stats.control.input_ignored)}, round trip ${stats.control.round_trip_ms} ms`,
    );
    const { refused, replayed } = stats.control;
    if (refused + replayed > 0)
      lines.push(`refused   ${refused} control messages that were not the client's, ${replayed} that were sent before`);
  }
  return lines;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
