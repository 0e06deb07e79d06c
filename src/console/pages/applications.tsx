// What clients list and launch, in the order in which they list it.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type DragEvent, useState } from 'react';
import { answer, api } from '../api.ts';
import { Button } from '../parts/button.tsx';
import { Badge, EmptyNote, ErrorNote } from '../parts/notes.tsx';
import { PageTitle } from '../parts/panel.tsx';
import { Remove } from '../parts/remove.tsx';
import { words } from '../words.ts';
import { type ApplicationSummary, moved } from './applications/application.ts';
import { BoxArt } from './applications/box-art.tsx';
import { Editor } from './applications/editor.tsx';
import './applications/applications.css';

const say = words.applications;
const key = ['applications'] as const;

export default function Applications() {
  const { edit } = useSearch({ strict: false }) as { edit?: string | number };
  const navigate = useNavigate();
  const open = (which: string | undefined) =>
    void navigate({ to: '/applications', search: which === undefined ? {} : { edit: which } });
  if (edit === undefined) return <All onEdit={open} />;
  if (edit === 'new') return <Editor onClose={() => open(undefined)} onAdded={(id) => open(String(id))} />;
  return <Existing key={edit} id={Number(edit)} onClose={() => open(undefined)} />;
}

function Existing({ id, onClose }: { id: number; onClose: () => void }) {
  const { data, error } = useQuery({
    queryKey: [...key, id],
    queryFn: () => answer(api.GET('/api/v1/applications/{id}', { params: { path: { id } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (data) return <Editor application={data} onClose={onClose} />;
  return <ErrorNote error={error} />;
}

function All({ onEdit }: { onEdit: (which: string) => void }) {
  const { data, error } = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/applications')) });
  return (
    <>
      <PageTitle
        title={words.pages.applications}
        actions={
          <Button kind="primary" onPress={() => onEdit('new')}>
            {words.add}
          </Button>
        }
      />
      <ErrorNote error={error} />
      {data?.length === 0 && <EmptyNote title={say.none} />}
      {data && data.length > 0 && <List applications={data} onEdit={(id) => onEdit(String(id))} />}
    </>
  );
}

function List({ applications, onEdit }: { applications: ApplicationSummary[]; onEdit: (id: number) => void }) {
  const keep = useQueryClient();
  const order = useMutation({
    mutationFn: (list: ApplicationSummary[]) =>
      answer(api.PUT('/api/v1/applications/order', { body: { ids: list.map(({ id }) => id) } })),
    onMutate: (list) => keep.setQueryData(key, list),
    onSettled: () => keep.invalidateQueries({ queryKey: key }),
  });
  const [dragged, setDragged] = useState<number>();
  const move = (from: number, to: number) => {
    if (from !== to && to >= 0 && to < applications.length) order.mutate(moved(applications, from, to));
  };
  return (
    <>
      <p className="soft small">{say.about}</p>
      <ol className="applications">
        {applications.map((application, index) => (
          <Row
            key={application.id}
            application={application}
            onEdit={onEdit}
            onUp={index > 0 ? () => move(index, index - 1) : undefined}
            onDown={index < applications.length - 1 ? () => move(index, index + 1) : undefined}
            drag={{
              draggable: true,
              onDragStart: ({ dataTransfer }) => {
                dataTransfer.effectAllowed = 'move';
                setDragged(index);
              },
              onDragEnd: () => setDragged(undefined),
              onDragOver: (event) => dragged !== undefined && event.preventDefault(),
              onDrop: (event) => {
                event.preventDefault();
                if (dragged !== undefined) move(dragged, index);
              },
            }}
          />
        ))}
      </ol>
    </>
  );
}

interface Drag {
  draggable: true;
  onDragStart: (event: DragEvent) => void;
  onDragEnd: () => void;
  onDragOver: (event: DragEvent) => void;
  onDrop: (event: DragEvent) => void;
}

interface RowProps {
  application: ApplicationSummary;
  onEdit: (id: number) => void;
  /** None: it is the first. */
  onUp: (() => void) | undefined;
  onDown: (() => void) | undefined;
  drag: Drag;
}

function Row({ application, onEdit, onUp, onDown, drag }: RowProps) {
  const { id, title, has_program, running } = application;
  return (
    <li {...drag}>
      <BoxArt id={id} alt="" width_px={36} />
      <div className="what">
        <strong>{title}</strong>
        <span className="soft small">{has_program ? say.program : say.desktop}</span>
        {running && <Badge kind="good">{say.running}</Badge>}
      </div>
      <div className="row">
        <Button kind="quiet" aria-label={say.up(title)} isDisabled={!onUp} onPress={() => onUp?.()}>
          <span aria-hidden="true">↑</span>
        </Button>
        <Button kind="quiet" aria-label={say.down(title)} isDisabled={!onDown} onPress={() => onDown?.()}>
          <span aria-hidden="true">↓</span>
        </Button>
        <Button aria-label={say.edit(title)} onPress={() => onEdit(id)}>
          {words.edit}
        </Button>
        <Remove
          label={say.remove(title)}
          title={say.remove_title(title)}
          about={say.remove_about}
          done={say.removed(title)}
          list={key}
          remove={() => answer(api.DELETE('/api/v1/applications/{id}', { params: { path: { id } } }))}
        />
      </div>
    </li>
  );
}
