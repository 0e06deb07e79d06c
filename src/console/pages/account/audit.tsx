// Who changed what through the API, and how it went.

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { components } from '../../../api/schema.ts';
import { answer, api } from '../../api.ts';
import { Button } from '../../parts/button.tsx';
import { EmptyNote, ErrorNote } from '../../parts/notes.tsx';
import { Panel } from '../../parts/panel.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { When } from '../../parts/when.tsx';
import { words } from '../../words.ts';

type Entry = components['schemas']['AuditEntry'];

const say = words.account.audit;
const page_length = 20;

export function Audit() {
  const [count, setCount] = useState(page_length);
  const { data, error } = useQuery({
    queryKey: ['audit', count],
    queryFn: () => answer(api.GET('/api/v1/audit', { params: { query: { count } } })),
    placeholderData: keepPreviousData,
  });
  return (
    <Panel title={say.title}>
      <p className="soft">{say.about}</p>
      <ErrorNote error={error} />
      {data?.length === 0 && <EmptyNote title={say.none} />}
      {data && data.length > 0 && (
        <Table label={say.title} columns={columns} rows={keyed(data)} keyOf={({ key }) => key} />
      )}
      {data && data.length >= count && count < 5000 && (
        <div className="row">
          <Button onPress={() => setCount(Math.min(5 * count, 5000))}>{say.more}</Button>
        </div>
      )}
    </Panel>
  );
}

/** Two lines can be the same: each is told by its place from the oldest on. */
const keyed = (entries: readonly Entry[]) =>
  entries.map((entry, index) => ({ ...entry, key: String(entries.length - index) }));

const whoOf = ({ who, address }: Entry): string => {
  const name = who?.name ?? say.stranger;
  return address === null ? name : say.from(name, address);
};

function outcomeOf({ outcome, times }: Entry): string {
  const word = outcome === 'done' ? say.done : outcome;
  return times === 1 ? word : say.times(word, times);
}

const columns: Column<Entry>[] = [
  { name: say.time, cell: ({ time }) => <When time={time} /> },
  { name: say.who, cell: whoOf, value: whoOf },
  {
    name: say.did,
    cell: ({ did, what }) => (
      <>
        {did}
        {what !== '' && <div className="soft">{what}</div>}
      </>
    ),
    value: ({ did }) => did,
  },
  { name: say.outcome, cell: outcomeOf, value: outcomeOf },
];
