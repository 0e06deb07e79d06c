// Who is paired, what each may do, and the end of that.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../parts/button.tsx';
import { SearchField } from '../parts/fields.tsx';
import { Badge, EmptyNote, ErrorNote } from '../parts/notes.tsx';
import { PageTitle, Panel } from '../parts/panel.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { clientsQuery } from '../queries.ts';
import type { Client } from '../types.ts';
import { words } from '../words.ts';
import { Edit } from './clients/edit.tsx';
import { Revoke } from './clients/revoke.tsx';

export default function Clients() {
  const clients = useQuery({ ...clientsQuery, refetchInterval: 30_000 });
  const [sought, setSought] = useState('');
  const [edited, setEdited] = useState<Client>();
  const [revoked, setRevoked] = useState<Client>();
  const all = clients.data ?? [];
  const found = all.filter(({ name, id }) => `${name} ${id}`.toLowerCase().includes(sought.trim().toLowerCase()));
  return (
    <>
      <PageTitle
        title={words.pages.clients}
        actions={all.length > 0 && <SearchField label={words.clients.search} value={sought} onChange={setSought} />}
      />
      <ErrorNote error={clients.error} />
      {clients.data?.length === 0 && <EmptyNote title={words.clients.none}>{words.clients.none_why}</EmptyNote>}
      {all.length > 0 && (
        <Panel title={words.clients.count(found.length)}>
          {found.length > 0 ? (
            <Table
              label={words.pages.clients}
              columns={columns(setEdited, setRevoked)}
              rows={found}
              keyOf={({ id }) => id}
            />
          ) : (
            <EmptyNote title={words.clients.none_found} />
          )}
        </Panel>
      )}
      {edited && <Edit client={edited} onClose={() => setEdited(undefined)} />}
      {revoked && <Revoke client={revoked} onClose={() => setRevoked(undefined)} />}
    </>
  );
}

const columns = (edit: (client: Client) => void, revoke: (client: Client) => void): Column<Client>[] => [
  { name: words.clients.name, cell: ({ name }) => <strong>{name}</strong>, value: ({ name }) => name },
  {
    name: words.clients.state,
    cell: (client) => <State client={client} />,
    value: ({ streaming }) => Number(!streaming),
  },
  {
    name: words.clients.last_seen,
    cell: ({ last_seen_at }) => <When time={last_seen_at} without={words.none} />,
    value: ({ last_seen_at }) => (last_seen_at ? -Date.parse(last_seen_at) : 0),
  },
  { name: words.clients.may, cell: ({ rights }) => words.clients.rights(rights.input, rights.launch) },
  {
    name: words.clients.expires,
    cell: ({ expires_at }) => <When time={expires_at} />,
    value: ({ expires_at }) => (expires_at ? Date.parse(expires_at) : Number.MAX_VALUE),
  },
  {
    name: words.clients.actions,
    actions: true,
    cell: (client) => (
      <div className="row">
        <Button onPress={() => edit(client)} aria-label={`${words.clients.edit} ${client.name}`}>
          {words.clients.edit}
        </Button>
        <Button onPress={() => revoke(client)} aria-label={`${words.clients.revoke} ${client.name}`}>
          {words.clients.revoke}
        </Button>
      </div>
    ),
  },
];

function State({ client: { streaming, expired } }: { client: Client }) {
  if (expired) return <Badge kind="warn">{words.clients.expired}</Badge>;
  return <Badge kind={streaming ? 'good' : 'plain'}>{streaming ? words.clients.streams : words.clients.idle}</Badge>;
}
