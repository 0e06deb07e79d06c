// Streams that were: their figures, what each second was like, two beside each other.

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Checkbox } from 'react-aria-components';
import { answer, api } from '../api.ts';
import { amount, bitRate, dateAndTime, duration, milliseconds } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Badge, EmptyNote, ErrorNote } from '../parts/notes.tsx';
import { PageTitle } from '../parts/panel.tsx';
import { Remove } from '../parts/remove.tsx';
import { words } from '../words.ts';
import { Comparison } from './history/comparison.tsx';
import type { Recording } from './history/figures.ts';
import './history/history.css';

const say = words.history;
const key = ['recordings'] as const;
const most_compared = 2;

export default function History() {
  const { of } = useSearch({ strict: false }) as { of?: string };
  const chosen = of?.split(',').slice(0, most_compared) ?? [];
  return chosen.length > 0 ? <Comparison ids={chosen} /> : <Sessions />;
}

function Sessions() {
  const { data, error } = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/recordings')) });
  const [marked, setMarked] = useState<readonly string[]>([]);
  const navigate = useNavigate();
  const mark = (id: string, on: boolean) =>
    setMarked(on ? [...marked, id].slice(-most_compared) : marked.filter((one) => one !== id));
  return (
    <>
      <PageTitle
        title={words.pages.history}
        actions={
          <Button
            isDisabled={marked.length < most_compared}
            onPress={() => void navigate({ to: '/history', search: { of: marked.join(',') } })}
          >
            {say.compare}
          </Button>
        }
      />
      <ErrorNote error={error} />
      {data?.length === 0 && <EmptyNote title={say.none}>{say.none_more}</EmptyNote>}
      {data && data.length > 0 && (
        <>
          <p className="soft small">{say.about}</p>
          <ul className="sessions">
            {data.map((recording) => (
              <Row key={recording.id} recording={recording} marked={marked.includes(recording.id)} mark={mark} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

interface RowProps {
  recording: Recording;
  marked: boolean;
  mark: (id: string, on: boolean) => void;
}

function Row({ recording, marked, mark }: RowProps) {
  const { id, state, session, started_at, reason, figures } = recording;
  const title = session ? say.title(session.app.title, session.client.name) : say.damaged;
  return (
    <li>
      <Checkbox
        className="tick"
        aria-label={say.mark(title)}
        isSelected={marked}
        isDisabled={state === 'damaged'}
        onChange={(on) => mark(id, on)}
      >
        <span className="box" aria-hidden="true" />
      </Checkbox>
      <div className="what">
        {state === 'damaged' ? (
          <strong>{title}</strong>
        ) : (
          <Link to="/history" search={{ of: id }}>
            {title}
          </Link>
        )}
        <span className="soft small">{started_at ? dateAndTime(started_at) : id}</span>
      </div>
      {figures ? <RowFigures figures={figures} /> : <span />}
      <div className="end small">
        {state === 'whole' ? (
          <span className="soft">{reason}</span>
        ) : (
          <Badge kind={state === 'running' ? 'good' : 'warn'}>{say.states[state]}</Badge>
        )}
      </div>
      <Remove
        label={say.remove(title)}
        title={say.remove_title}
        about={say.remove_about(title)}
        done={say.removed}
        list={key}
        remove={() => answer(api.DELETE('/api/v1/recordings/{id}', { params: { path: { id } } }))}
        isDisabled={state === 'running'}
      />
    </li>
  );
}

function RowFigures({ figures }: { figures: NonNullable<Recording['figures']> }) {
  const { duration_s, latency_p50_us, latency_p95_us, bitrate_kbps, missed } = figures;
  const items = [
    [say.duration, duration(duration_s)],
    [
      say.latency,
      latency_p50_us === null ? '–' : `${amount(latency_p50_us / 1000)} · ${milliseconds(latency_p95_us ?? 0)}`,
    ],
    [say.bit_rate, bitRate(bitrate_kbps)],
    [say.missed, amount(missed)],
  ] as const;
  return (
    <dl className="row-figures">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
