// This machine measured by the kit: begun, watched, cancelled, and what came of it.

import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { answer, api } from '../api.ts';
import { dateAndTime, duration, sentence } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Badge, EmptyNote, ErrorNote } from '../parts/notes.tsx';
import { PageTitle, Panel } from '../parts/panel.tsx';
import { Remove } from '../parts/remove.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { useNow } from '../use-now.ts';
import { words } from '../words.ts';
import { type Entry, key, kitQuery, wholeState } from './measure/facts.ts';
import './measure/measure.css';
import { NewMeasurement } from './measure/new.tsx';
import { PartRows } from './measure/part-rows.tsx';
import { Result } from './measure/result.tsx';

const say = words.measure;

export default function Measure() {
  const { of } = useSearch({ strict: false }) as { of?: string };
  return of === undefined ? <All /> : <Result id={of} />;
}

function All() {
  const kit = useQuery(kitQuery);
  const { data, error } = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/measurements')) });
  const running = data?.find(({ state }) => state === 'running');
  const past = data?.filter(({ state }) => state !== 'running');
  return (
    <>
      <PageTitle title={words.pages.measure} />
      <ErrorNote error={kit.error ?? error} />
      {kit.data && !kit.data.installed && (
        <Panel title={say.missing}>
          <p>
            <Sentence text={kit.data.install} />
          </p>
        </Panel>
      )}
      {running ? <Running entry={running} /> : kit.data?.installed && <NewMeasurement parts={kit.data.parts} />}
      {past && (past.length > 0 || kit.data?.installed) && <Past entries={past} />}
    </>
  );
}

function Running({ entry: { id, parts, started_at } }: { entry: Entry }) {
  const { data: kit } = useQuery(kitQuery);
  const now_ms = useNow();
  const cancel = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/measurements/{id}/cancel', { params: { path: { id } } })),
  });
  const over = parts.filter(({ state }) => state !== 'waiting' && state !== 'running').length;
  const aboutOf = (name: string) => kit?.parts.find((part) => part.name === name)?.about_s ?? 1;
  const total_s = parts.reduce((sum, { name }) => sum + aboutOf(name), 0);
  const elapsed_s = started_at === null ? 0 : (now_ms - Date.parse(started_at)) / 1000;
  return (
    <Panel
      title={say.running}
      actions={
        <Button isPending={cancel.isPending} onPress={() => cancel.mutate()}>
          {words.cancel}
        </Button>
      }
    >
      <div className="stack tight" role="status">
        <progress value={Math.min(elapsed_s, total_s * 0.98)} max={total_s} aria-label={say.running} />
        <span className="soft">{say.step(Math.min(over + 1, parts.length), parts.length)}</span>
      </div>
      <PartRows parts={parts} />
      <ErrorNote error={cancel.error} />
    </Panel>
  );
}

function Past({ entries }: { entries: readonly Entry[] }) {
  return (
    <Panel title={say.past} actions={entries.length > 0 && <span className="soft small">{say.kept}</span>}>
      {entries.length === 0 ? (
        <EmptyNote title={say.none} />
      ) : (
        <ul className="measurements">
          {entries.map((entry) => (
            <Row key={entry.id} entry={entry} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

const kinds = { running: 'plain', done: 'good', failed: 'bad', cut_short: 'warn', damaged: 'warn' } as const;

function Row({ entry }: { entry: Entry }) {
  const { id, started_at, ended_at, reason, parts } = entry;
  const title = started_at ? dateAndTime(started_at) : id;
  const state = wholeState(entry);
  const took = started_at && ended_at ? duration((Date.parse(ended_at) - Date.parse(started_at)) / 1000) : '';
  const about = reason === '' ? [...parts.map(({ name }) => say.parts[name].name), took].join(', ') : sentence(reason);
  return (
    <li>
      <div className="measurement-name">
        {state === 'damaged' ? (
          <strong>{title}</strong>
        ) : (
          <Link to="/measure" search={{ of: id }}>
            {title}
          </Link>
        )}
        <span className="soft small">{about}</span>
      </div>
      <Badge kind={kinds[state]}>{say.whole[state]}</Badge>
      <Remove
        label={say.remove(title)}
        title={say.remove_title}
        about={say.remove_about}
        done={say.removed}
        list={key}
        remove={() => answer(api.DELETE('/api/v1/measurements/{id}', { params: { path: { id } } }))}
      />
    </li>
  );
}
