// What streaming needs of this machine, looked at on demand; and all that helps to help, to take along.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { components } from '../../api/schema.ts';
import { answer, api } from '../api.ts';
import { saveFile } from '../download.ts';
import { dateAndTime, sentence } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Badge, EmptyNote, ErrorNote, Note } from '../parts/notes.tsx';
import { PageTitle, Panel } from '../parts/panel.tsx';
import { words } from '../words.ts';
import './doctor.css';

type Examination = components['schemas']['Examination'];
type Check = Examination['checks'][number];

const say = words.doctor;
const look_again_ms = 500;
const key = ['doctor'] as const;

export default function Doctor() {
  const keep = useQueryClient();
  const { data, error } = useQuery({
    queryKey: key,
    queryFn: () => answer(api.GET('/api/v1/doctor')),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? look_again_ms : false),
  });
  const onSuccess = (examination: Examination) => keep.setQueryData(key, examination);
  const start = useMutation({ mutationFn: () => answer(api.POST('/api/v1/doctor')), onSuccess });
  const cancel = useMutation({ mutationFn: () => answer(api.DELETE('/api/v1/doctor')), onSuccess });
  const running = data?.state === 'running';
  return (
    <>
      <PageTitle
        title={words.pages.doctor}
        actions={
          running ? (
            <Button isPending={cancel.isPending} onPress={() => cancel.mutate()}>
              {words.cancel}
            </Button>
          ) : (
            <Button kind="primary" isPending={start.isPending} onPress={() => start.mutate()}>
              {data && data.state !== 'never' ? say.look_again : say.look}
            </Button>
          )
        }
      />
      <ErrorNote error={error} />
      {data && <Findings examination={data} />}
      <Diagnostics />
    </>
  );
}

function Findings({
  examination: { state, checks, total, complete, verdict, started_at },
}: {
  examination: Examination;
}) {
  if (state === 'never') return <EmptyNote title={say.never}>{say.never_more}</EmptyNote>;
  return (
    <Panel title={say.findings} actions={started_at && <span className="soft small">{dateAndTime(started_at)}</span>}>
      {state === 'running' ? (
        <div className="stack tight" role="status">
          <progress value={checks.length} max={total} aria-label={say.findings} />
          <span className="soft">{say.progress(checks.length, total)}</span>
        </div>
      ) : (
        <Note kind={complete ? 'good' : 'warn'}>{state === 'cancelled' ? say.cancelled : verdict}</Note>
      )}
      <ul className="checks">
        {checks.map((check) => (
          <CheckRow key={check.name} {...check} />
        ))}
      </ul>
    </Panel>
  );
}

const kinds = { ok: 'good', note: 'warn', missing: 'bad' } as const;

function CheckRow({ name, state, detail, cure }: Check) {
  return (
    <li>
      <Badge kind={kinds[state]}>{say.states[state]}</Badge>
      <strong>{name}</strong>
      <div>
        <p>{sentence(detail)}</p>
        {cure && <p className="soft">{say.cure(cure)}</p>}
      </div>
    </li>
  );
}

function Diagnostics() {
  const save = useMutation({
    mutationFn: async () => {
      const bundle = await answer(api.GET('/api/v1/diagnostics', { parseAs: 'blob' }));
      saveFile('punktfunk-diagnostics.tar.gz', bundle as Blob);
    },
    meta: { done: say.bundle.done },
  });
  return (
    <Panel
      title={say.bundle.title}
      actions={
        <Button isPending={save.isPending} onPress={() => save.mutate()}>
          {say.bundle.save}
        </Button>
      }
    >
      <p className="soft">{say.bundle.about}</p>
    </Panel>
  );
}
