// One recording, or two beside each other: figures, then plots on the same scale.

import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answer, api } from '../../api.ts';
import { amount, bitRate, dateAndTime, milliseconds } from '../../format.ts';
import { Badge, ErrorNote } from '../../parts/notes.tsx';
import { PageTitle, Panel } from '../../parts/panel.tsx';
import { Plot } from '../../parts/plot.tsx';
import { words } from '../../words.ts';
import { compared, type RecordingDetail } from './figures.ts';

const say = words.history;

export function Comparison({ ids }: { ids: readonly string[] }) {
  const asked = useQueries({
    queries: ids.map((id) => ({
      queryKey: ['recording', id],
      queryFn: () => answer(api.GET('/api/v1/recordings/{id}', { params: { path: { id } } })),
    })),
  });
  const recordings = asked.flatMap(({ data }) => data ?? []);
  return (
    <>
      <PageTitle title={ids.length > 1 ? say.two : say.one} actions={<Link to="/history">{say.all}</Link>} />
      {asked.map(({ error }, index) => (
        <ErrorNote key={ids[index]} error={error} />
      ))}
      {recordings.length === ids.length && <Details recordings={recordings} />}
    </>
  );
}

type Second = RecordingDetail['seconds'][number];

const plots = [
  { title: say.plots.latency, pick: ({ latency }: Second) => latency.total.p95_us, format: milliseconds },
  { title: say.plots.encode, pick: ({ latency }: Second) => latency.encode.p95_us, format: milliseconds },
  { title: say.plots.bit_rate, pick: ({ bitrate_kbps }: Second) => bitrate_kbps, format: bitRate },
  { title: say.plots.missed, pick: ({ missed, passed_over }: Second) => missed + passed_over, format: amount },
  { title: say.plots.lost, pick: ({ lost }: Second) => lost, format: amount },
  { title: say.plots.round_trip, pick: ({ round_trip_ms }: Second) => round_trip_ms * 1000, format: milliseconds },
] as const;

function Details({ recordings }: { recordings: readonly RecordingDetail[] }) {
  const end_s = Math.max(...recordings.map(({ seconds }) => seconds.at(-1)?.at_s ?? 0), 1);
  return (
    <>
      <FiguresTable recordings={recordings} />
      {plots.map(({ title, pick, format }) => {
        const top = Math.max(...recordings.flatMap(({ seconds }) => seconds.map(pick)), 0);
        return (
          <Panel key={title} title={title}>
            <div className="beside">
              {recordings.map(({ id, seconds }, index) => (
                <Plot
                  key={id}
                  label={`${title}, ${nameOf(index, recordings.length)}`}
                  lines={[{ name: title, colour: '--accent', values: seconds.map(pick) }]}
                  format={format}
                  recorded={{ at_s: seconds.map(({ at_s }) => at_s), end_s, top }}
                />
              ))}
            </div>
          </Panel>
        );
      })}
    </>
  );
}

const nameOf = (index: number, count: number): string => (count > 1 ? (['A', 'B'][index] ?? '') : '');

function FiguresTable({ recordings }: { recordings: readonly RecordingDetail[] }) {
  const two = recordings.length > 1;
  return (
    <div className="panel">
      <table className="compared">
        <thead>
          <tr>
            <td />
            {recordings.map((recording, index) => (
              <th key={recording.id} scope="col">
                <Heading recording={recording} name={nameOf(index, recordings.length)} />
              </th>
            ))}
            {two && <th scope="col">{say.change}</th>}
          </tr>
        </thead>
        <tbody>
          {compared(recordings.map(({ figures }) => figures)).map(({ name, values, change }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {values.map((value, index) => (
                <td key={recordings[index]?.id}>{value}</td>
              ))}
              {two && <td>{change}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading({ recording, name }: { recording: RecordingDetail; name: string }) {
  const { id, session, started_at, video, state, reason } = recording;
  return (
    <div className="stack heading">
      <span>
        {name && <span className="soft">{name} </span>}
        {session ? say.title(session.app.title, session.client.name) : say.damaged}
      </span>
      <span className="soft small">{started_at && dateAndTime(started_at)}</span>
      {video && <span className="soft small more">{say.video(video)}</span>}
      <a className="small" href={`/api/v1/recordings/${id}/file`} download>
        {say.file}
      </a>
      {state === 'whole' ? (
        <span className="soft small more">{reason}</span>
      ) : (
        <Badge kind="warn">{say.states[state]}</Badge>
      )}
    </div>
  );
}
