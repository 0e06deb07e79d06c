// One stream: who has what, its figures, the plots of its last two minutes.

import { amount, bitRate, duration } from '../../format.ts';
import type { Course } from '../../history.ts';
import { Badge, EmptyNote, Note } from '../../parts/notes.tsx';
import { Figures, Panel } from '../../parts/panel.tsx';
import type { Session, Statistics } from '../../types.ts';
import { words } from '../../words.ts';
import { Controls } from './controls.tsx';
import { FrameStrip } from './frame-strip.tsx';
import { Latency } from './latency.tsx';
import { Preview } from './preview.tsx';
import { Rates } from './rates.tsx';
import './stream.css';

export default function Stream({ session, course }: { session: Session; course: Course }) {
  const { app, client, phase, problems, video } = session;
  const { reports, frames } = course;
  return (
    <Panel
      title={app.title}
      actions={<Badge kind={phase === 'streaming' ? 'good' : 'plain'}>{words.now.phases[phase] ?? phase}</Badge>}
    >
      <Facts session={session} newest={reports.at(-1)} />
      {problems.map(({ code, detail }) => (
        <Note key={code} kind="warn">
          {detail}
        </Note>
      ))}
      {phase === 'streaming' && (
        <Preview session_id={session.id}>
          <Controls session={session} />
        </Preview>
      )}
      {reports.length === 0 ? (
        <EmptyNote title={`${client.name} · ${client.address}`}>{words.now.no_figures}</EmptyNote>
      ) : (
        <div className="plots">
          {video && frames.length > 0 && <FrameStrip frames={frames} interval_us={1e6 / video.fps} />}
          <Latency reports={reports} />
          <Rates reports={reports} />
        </div>
      )}
    </Panel>
  );
}

function Facts({ session, newest }: { session: Session; newest: Statistics | undefined }) {
  const { client, video, pictures, started_at, engine } = session;
  const stats = newest ?? session.stats;
  const sent_kbps = stats && (stats.bytes_sent * 8) / 1000 / stats.interval_s;
  const seconds = (Date.now() - Date.parse(started_at)) / 1000;
  return (
    <Figures
      items={[
        { name: words.now.client, value: client.name, note: client.address },
        {
          name: words.now.picture,
          value: video ? `${video.width} × ${video.height}` : words.none,
          ...(video && { note: `${video.codec}, ${video.encoder}` }),
        },
        {
          name: words.now.rate,
          value: pictures ? `${amount(pictures.sent)} / ${amount(pictures.asked)}` : words.none,
          ...(pictures && pictures.missed > 0 && { note: words.now.missed_why(pictures.bound.detail) }),
        },
        {
          name: words.now.bit_rate,
          value: sent_kbps === null ? words.none : bitRate(sent_kbps),
          ...(video && { note: words.now.of_target(bitRate(video.bitrate_kbps)) }),
        },
        { name: words.now.round_trip, value: stats ? `${stats.control.round_trip_ms} ms` : words.none },
        {
          name: words.now.since,
          value: duration(seconds),
          ...(engine.restarts > 0 && { note: `${words.now.restarts}: ${engine.restarts}` }),
        },
      ]}
    />
  );
}
