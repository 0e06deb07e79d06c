// Who is signed in: each browser, and the end of its session, wherever it is.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { components } from '../../../api/schema.ts';
import { answer, api } from '../../api.ts';
import { Button } from '../../parts/button.tsx';
import { ConfirmDialog } from '../../parts/dialog.tsx';
import { Badge, ErrorNote } from '../../parts/notes.tsx';
import { Panel } from '../../parts/panel.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { When } from '../../parts/when.tsx';
import { words } from '../../words.ts';
import { browserName } from './agent.ts';

type Browser = components['schemas']['Browser'];

const say = words.account.browsers;
const key = ['browsers'] as const;

const end = ({ id }: Browser) => answer(api.DELETE('/api/v1/browsers/{id}', { params: { path: { id } } }));

export function Browsers() {
  const { data, error } = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/browsers')) });
  const others = data?.filter(({ current }) => !current) ?? [];
  return (
    <Panel title={say.title} actions={others.length > 1 && <EndOthers others={others} />}>
      <ErrorNote error={error} />
      {data && <Table label={say.title} columns={columns} rows={data} keyOf={({ id }) => id} />}
    </Panel>
  );
}

const columns: Column<Browser>[] = [
  { name: say.browser, cell: ({ agent }) => <strong title={agent}>{browserName(agent)}</strong> },
  { name: say.address, cell: ({ address }) => address, value: ({ address }) => address },
  {
    name: say.since,
    cell: ({ signed_in_at }) => <When time={signed_in_at} />,
    value: ({ signed_in_at }) => signed_in_at,
  },
  {
    name: say.used,
    cell: ({ last_used_at }) => <When time={last_used_at} />,
    value: ({ last_used_at }) => last_used_at,
  },
  {
    name: words.clients.actions,
    actions: true,
    cell: (browser) => (browser.current ? <Badge kind="good">{say.current}</Badge> : <End browser={browser} />),
  },
];

function End({ browser }: { browser: Browser }) {
  const keep = useQueryClient();
  const name = browserName(browser.agent);
  const one = useMutation({
    mutationFn: () => end(browser),
    onSettled: () => keep.invalidateQueries({ queryKey: key }),
    meta: { done: say.ended(name) },
  });
  return (
    <Button aria-label={say.end_one(name, browser.address)} isPending={one.isPending} onPress={() => one.mutate()}>
      {say.end}
    </Button>
  );
}

function EndOthers({ others }: { others: readonly Browser[] }) {
  const [asked, setAsked] = useState(false);
  const keep = useQueryClient();
  const all = useMutation({
    mutationFn: () => Promise.all(others.map(end)),
    onSuccess: () => setAsked(false),
    onSettled: () => keep.invalidateQueries({ queryKey: key }),
    meta: { done: say.others_ended, error_in_place: true },
  });
  return (
    <>
      <Button onPress={() => setAsked(true)}>{say.end_others}</Button>
      <ConfirmDialog
        title={say.end_others_title}
        action={say.end_others}
        isOpen={asked}
        isPending={all.isPending}
        error={all.error}
        onConfirm={() => all.mutate()}
        onClose={() => setAsked(false)}
      >
        {say.end_others_what}
      </ConfirmDialog>
    </>
  );
}
