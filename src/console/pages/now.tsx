// Who streams what, and how it goes: read at a glance, kept for two minutes.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { duration } from '../format.ts';
import { courseOf, type History, remember } from '../history.ts';
import { listen } from '../live.ts';
import { part } from '../part.ts';
import { EmptyNote, ErrorNote, Note } from '../parts/notes.tsx';
import { Figures, PageTitle, Panel } from '../parts/panel.tsx';
import { sessionsQuery, statusQuery } from '../queries.ts';
import type { Statistics, Status } from '../types.ts';
import { words } from '../words.ts';
import { Preview } from './now/preview.tsx';

// The plots are a tenth of the whole, and nobody needs them before somebody streams.
const Stream = lazy(part(() => import('./now/stream.tsx')));

export default function Now() {
  const status = useQuery({ ...statusQuery, refetchInterval: 10_000 });
  const sessions = useQuery({ ...sessionsQuery, refetchInterval: 5000 });
  const history = useHistory();
  const unwatched = status.data?.apps.filter(({ watched }) => !watched) ?? [];
  const waiting = status.data?.waiting_to_pair.length ?? 0;
  return (
    <>
      <PageTitle title={status.data?.name ?? words.pages.now} />
      <ErrorNote error={sessions.error ?? status.error} />
      {waiting > 0 && (
        <Note kind="warn">
          {words.now.waiting(waiting)} <Link to="/pair">{words.now.pair_it}</Link>
        </Note>
      )}
      {status.data?.display_trouble && <Note kind="warn">{words.now.trouble(status.data.display_trouble)}</Note>}
      <Suspense>
        {sessions.data?.map((session) => (
          <Stream key={session.id} session={session} course={courseOf(history, session.id)} />
        ))}
      </Suspense>
      {sessions.data?.length === 0 && (
        <section className="panel">
          <EmptyNote title={words.now.idle}>{words.now.idle_why}</EmptyNote>
          {status.data?.display && <Preview />}
        </section>
      )}
      {unwatched.length > 0 && (
        <Panel title={words.now.apps}>
          <ul className="stack tight">
            {unwatched.map(({ id, title, client }) => (
              <li key={`${id} ${client.id}`}>
                <strong>{title}</strong> <span className="soft">{words.now.app_of(client.name)}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      {status.data && <Host status={status.data} />}
    </>
  );
}

/** What the streams report, from the opening of the page on. */
function useHistory(): History {
  const [history, setHistory] = useState<History>(new Map());
  useEffect(
    () =>
      listen('/api/v1/statistics', (message) => {
        const { session, statistics } = message as { session?: { id: string }; statistics?: Statistics };
        if (session && statistics) setHistory((before) => remember(before, session.id, statistics));
      }),
    [],
  );
  return history;
}

function Host({ status }: { status: Status }) {
  return (
    <Panel title={words.now.host}>
      <Figures
        items={[
          { name: words.now.version, value: status.version },
          { name: words.now.uptime, value: duration(status.uptime_s) },
          { name: words.now.memory, value: `${status.memory_mb} MB` },
          { name: words.now.desktop, value: status.display ?? words.now.no_desktop },
          { name: words.now.announced, value: status.announced ? words.now.is_announced : words.now.not_announced },
          { name: words.now.paired, value: status.paired_clients },
        ]}
      />
    </Panel>
  );
}
