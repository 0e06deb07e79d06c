// `punktfunk-harness loss-live`: a real stream over links that lose, delay and narrow, and how it gets over what happens to it.

import { default_base_port } from '../../src/ports.ts';
import { HostBehindLink } from '../impair/behind-link.ts';
import { RelayError, type RelayStats } from '../impair/relay.ts';
import { command } from '../kit/measurement.ts';
import { amount, UsageError, type Values, whole, words } from '../kit/options.ts';
import { Painter } from '../kit/painter.ts';
import { type CaseRecord, NotMeasured, type Run } from '../kit/run.ts';
import { median } from '../kit/statistics.ts';
import { beacon_options, host_options, picture_options } from '../kit/stream-options.ts';
import { defaultDataDir } from '../probe/identity.ts';
import { next_one } from '../report/plots.ts';
import { linksFor, randomLossOf, type Trouble, troubles } from './links.ts';
import { freezesOf, gapsOf, recent_gaps, recoveryOf } from './pictures.ts';
import { difference, EndedError, LiveStream, pairedProbe, reasonOf } from './stream.ts';

const options = {
  ...host_options,
  port: whole("HOST's HTTP port", default_base_port, 1029, 65_514),
  app: words('NAME', 'which application: one whose picture moves all the time (Desktop, or the first)'),
  ...beacon_options,
  listen: words('ADDRESS', 'of this machine, where the host then is behind the link (127.0.0.2)'),
  ...picture_options,
  seconds: amount('of each link', 5, 0.5, 3600),
  links: words('LINKS', 'these instead, parted by ";": words of a link, or a scenario (impair --help, --list)'),
  rounds: whole('how often each trouble comes: a burst, an outage, a narrow link; 0 = none', 3, 0, 1000),
} as const;

type LossRun = Run<Values<typeof options>>;

/** Late datagrams of a link that is clean again, before they are counted as lost. */
const grace_ms = 300;
/** A frame that is missing shows when one comes after it: so long it is waited for. */
const silence_ms = 5000;
/** And one for as many gaps as a freeze is held against. */
const recent_pictures = recent_gaps + 1;
const look_ms = 100;
const settle_ms = 1000;
const recovery_ms = 10_000;

export const loss_live = command({
  name: 'loss-live',
  summary: 'a real stream over links that lose, delay and narrow',
  operands: 'HOST [options]',
  about: `Streams from a GameStream host through the relay (impair) and counts, link by
link: frames that were lost, repaired or frozen, sound that is missing; then how
long it takes until pictures come again after a burst, an outage and a link that
was too narrow. The host and its ports are as harness/impair/README.md says.`,
  examples: [
    '127.0.0.1',
    '192.168.1.5 --pin 1234 --app Beacon --out loss.json',
    "127.0.0.1 --links 'loss=2%; lte' --max-loss 5",
  ],
  options,
  limits: ['max-loss', 'min-fps'],
  budget_s: 600,
  check(operands) {
    if (operands.length !== 1) throw new UsageError('loss-live takes one host');
  },
  async measure(run) {
    run.clock = {
      name: 'CLOCK_MONOTONIC',
      error_ms: 0,
      how: 'of this machine alone: when things came here, whatever clock the host has',
    };
    let path: HostBehindLink | undefined;
    const line = run.values['beacon-command'];
    const painter = line === undefined ? undefined : new Painter(line);
    try {
      path = await openPath(run);
      const given = run.values.links?.split(';').flatMap((link) => link.trim() || []);
      for (const link of [...(given ?? []), 'clean']) await setLink(path, link); // what is not understood is told before the work
      await tryAll(run, path, given);
    } catch (error) {
      if (error instanceof RelayError) throw new NotMeasured(error.message);
      if (run.signal.aborted) return; // cut short: what there is, is told
      throw reasonOf(error) ?? error;
    } finally {
      await path?.close();
      if (painter?.why_ended !== undefined) run.note(painter.why_ended);
      await painter?.end();
    }
  },
});

function openPath({ operands, values, seed }: LossRun): Promise<HostBehindLink> {
  const [host = ''] = operands;
  return HostBehindLink.open({ host, base_port: values.port, listen: values.listen ?? '127.0.0.2', seed, link: [] });
}

async function tryAll(run: LossRun, path: HostBehindLink, given: readonly string[] | undefined): Promise<void> {
  const { values, signal } = run;
  run.progress(values.pin === undefined ? 'connecting …' : `Type this PIN at the host: ${values.pin}`);
  const probe = await pairedProbe(path, values['probe-dir'] ?? defaultDataDir(), values.pin);
  const { width, height, fps } = values;
  const app = values.app === undefined ? {} : { app: values.app };
  const stream = new LiveStream(probe, { ...app, width, height, fps, bitrate_kbps: values['bitrate-kbps'] });
  try {
    await stream.open(signal);
    const { wire_kbps, interval_ms } = await unhindered(run, stream);
    for (const link of given ?? linksFor(wire_kbps)) await tryLink(run, path, stream, link);
    addCurve(run);
    for (const trouble of values.rounds > 0 ? troubles : [])
      await tryTrouble(run, path, stream, trouble, { wire_kbps, interval_ms });
    tellOwnLosses(run, await path.relay.stats(), stream.counts().kernel_drops);
  } finally {
    await stream.stop();
  }
}

/** What the stream is when nothing is in its way. */
async function unhindered(run: LossRun, stream: LiveStream): Promise<{ wire_kbps: number; interval_ms: number }> {
  await stream.wait(settle_ms, run.signal);
  stream.takeTimes();
  const before = stream.counts();
  await stream.wait(run.values.seconds * 1000, run.signal);
  const { wire_bytes } = difference(before, stream.counts());
  const gaps_ms = gapsOf(stream.takeTimes());
  if (gaps_ms.length === 0)
    throw new NotMeasured(
      'The host shows no pictures that change: run an app whose picture moves, or the beacon (--beacon-command).',
    );
  const interval_ms = median(gaps_ms);
  const { fps } = run.values;
  if (interval_ms > 1500 / fps)
    run.note(
      `Without a link ${(1000 / interval_ms).toFixed(1)} pictures came a second where ${fps} were asked for: freezes and recovery are judged against that.`,
    );
  return { wire_kbps: (wire_bytes * 8) / 1000 / run.values.seconds, interval_ms };
}

/** A link, or a scenario of that name. */
async function setLink(path: HostBehindLink, link: string): Promise<void> {
  if (/^[a-z]+[a-z0-9-]*$/.test(link) && link !== 'clean' && link !== 'down') await path.relay.setScenario(link);
  else await path.relay.setLink(link);
}

async function tryLink(run: LossRun, path: HostBehindLink, stream: LiveStream, link: string): Promise<void> {
  const { signal, values } = run;
  run.progress(`over ${link}`);
  try {
    await stream.open(signal);
    const before = { times: stream.takeTimes(), counts: stream.counts(), relay: await path.relay.stats() };
    await setLink(path, link);
    const lasted_s = await hinderedFor(values.seconds, stream, signal);
    const { frames, sound } = difference(before.counts, stream.counts());
    const relay_after = await path.relay.stats();
    await path.relay.setLink('clean');
    await untilLossesShow(stream, signal);
    const came = difference(before.counts, stream.counts());
    const record = run.newCase(link);
    // What comes in the time of grace is not the link's, and what is missed in it is.
    addLink(run, record, { ...came, frames, sound }, lasted_s);
    addPictures(record, before.times, stream.takeTimes(), now_ns());
    addRelay(record, before.relay, relay_after);
    await stream.wait(settle_ms, signal); // what the last link left behind is not the next one's
  } catch (error) {
    if (!(error instanceof EndedError)) throw error;
    await path.relay.setLink('clean');
    run.fail(`Over ${link} the stream ended: ${error.message}.`);
  }
}

async function untilLossesShow(stream: LiveStream, signal: AbortSignal): Promise<void> {
  const { frames } = stream.counts();
  await stream.wait(grace_ms, signal);
  for (const until = performance.now() + silence_ms; stream.counts().frames === frames && performance.now() < until; )
    await stream.wait(look_ms, signal);
}

/** For how long it was, in s. */
async function hinderedFor(seconds: number, stream: LiveStream, signal: AbortSignal): Promise<number> {
  const begun = performance.now();
  await stream.wait(seconds * 1000, signal);
  return (performance.now() - begun) / 1000;
}

function addLink(run: LossRun, record: CaseRecord, came: ReturnType<LiveStream['counts']>, lasted_s: number): void {
  const due = came.frames + came.lost;
  const lost_percent = due > 0 ? (came.lost * 100) / due : undefined;
  record.addCount('frames that came', came.frames);
  record.addCount('frames lost', came.lost);
  record.addCount('frames repaired', came.repaired);
  record.addCount('frames passed over until an IDR', came.skipped);
  record.addCount('IDRs asked for', came.idr_requests);
  if (lost_percent !== undefined) record.addCount('frames lost, share', lost_percent, '%');
  const sound = came.sound + came.sound_lost;
  if (sound > 0) {
    record.addCount('sound repaired', came.sound_repaired, 'packets');
    record.addCount('sound missing', came.sound_lost, 'packets');
    record.addCount('sound missing, share', (came.sound_lost * 100) / sound, '%');
  }
  run.hold('max-loss', lost_percent, `frames lost over ${record.name}`);
  run.hold('min-fps', came.frames / lasted_s, `frames over ${record.name}`);
}

const now_ns = (): number => Number(process.hrtime.bigint()); // CLOCK_MONOTONIC, as the pictures'

/** `before`: pictures that came earlier, against which a freeze is one. */
function addPictures(record: CaseRecord, before: readonly number[], times: readonly number[], until_ns: number): void {
  const recent = before.slice(-recent_pictures);
  const gaps = gapsOf([...recent.slice(-1), ...times]);
  record.addSeries({
    name: 'gaps between pictures',
    unit: 'ms',
    from: 'decoded',
    to: next_one,
    values: gaps,
  });
  const freezes = freezesOf(gapsOf([...recent, ...times, until_ns])); // one that lasts until now is one too
  record.addCount('freezes', freezes.length);
  record.addCount(
    'frozen',
    freezes.reduce((sum, one) => sum + one, 0),
    'ms',
  );
}

/** What the link really did. */
function addRelay(record: CaseRecord, before: RelayStats, after: RelayStats): void {
  const came = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
  const sent = came('down_sent');
  record.addCount('datagrams to the client', sent);
  const dropped = ['lost', 'queue_dropped', 'outage_dropped', 'policed', 'too_large'].reduce(
    (sum, name) => sum + came(`down_${name}`),
    0,
  );
  record.addCount('of them lost on the link', dropped);
}

/** Frames that are missing over datagrams that are, of the links that lose at random alone. */
function addCurve(run: LossRun): void {
  const points = run.cases.flatMap(({ name, counts }): [number, number][] => {
    const [x, y] = [randomLossOf(name), counts.find((one) => one.name === 'frames lost, share')?.value];
    return x === undefined || y === undefined ? [] : [[x, y]];
  });
  if (points.length < 3) return;
  run.newCase('random loss').addCurve({
    name: 'frames lost over datagrams lost',
    x: { name: 'datagrams lost', unit: '%' },
    y: { name: 'frames lost', unit: '%' },
    points,
  });
}

async function tryTrouble(
  run: LossRun,
  path: HostBehindLink,
  stream: LiveStream,
  trouble: Trouble,
  { wire_kbps, interval_ms }: { wire_kbps: number; interval_ms: number },
): Promise<void> {
  const recoveries: number[] = [];
  const record = run.newCase(trouble.name);
  for (let round = 0; round < run.values.rounds; round++) {
    run.progress(`${trouble.name}, ${round + 1} of ${run.values.rounds}`);
    try {
      await stream.open(run.signal);
      await stream.wait(settle_ms, run.signal);
      stream.takeTimes();
      const link = trouble.link(wire_kbps);
      await path.relay.setLink(link, link === 'down' ? 'down' : 'clean');
      await stream.wait(trouble.ms, run.signal);
      const over_ns = await path.relay.setLink('clean');
      const recovery = await recovered(stream, over_ns, interval_ms, run.signal);
      if (recovery === undefined)
        run.fail(`After ${trouble.name} no steady pictures came for ${recovery_ms / 1000} s.`);
      else recoveries.push(recovery);
    } catch (error) {
      if (!(error instanceof EndedError)) throw error;
      await path.relay.setLink('clean');
      run.fail(`After ${trouble.name} the stream ended: ${error.message}.`);
    }
  }
  record.addSeries({
    name: 'recovery',
    unit: 'ms',
    from: 'the link is clean again',
    to: 'the first decoded picture after which none is late for half a second',
    values: recoveries,
  });
}

async function recovered(
  stream: LiveStream,
  over_ns: number,
  interval_ms: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const times: number[] = [];
  for (const until = performance.now() + recovery_ms; performance.now() < until; ) {
    await stream.wait(look_ms, signal);
    times.push(...stream.takeTimes());
    const recovery = recoveryOf(times, over_ns, interval_ms);
    if (recovery !== undefined) return recovery;
  }
  return undefined;
}

function tellOwnLosses(run: LossRun, stats: RelayStats, kernel_drops: number): void {
  const own =
    kernel_drops +
    ['kernel_drops', 'unsent', 'down_overflowed', 'up_overflowed'].reduce((sum, name) => sum + (stats[name] ?? 0), 0);
  if (own > 0)
    run.note(
      `${own} datagrams or more were lost in this machine, by no rule of a link: they count as lost above. Try it on an idle one.`,
    );
  run.note(
    `The relay handed datagrams on ${stats.late_p50_us} us later than due (p50; p99 ${stats.late_p99_us} us, at most ${stats.late_max_us} us).`,
  );
}
