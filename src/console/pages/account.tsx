// The way in: the password, the browsers that are signed in, the tokens of scripts, and who changed what.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import { answer, api } from '../api.ts';
import { Button } from '../parts/button.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/fields.tsx';
import { EmptyNote, ErrorNote } from '../parts/notes.tsx';
import { PageTitle, Panel } from '../parts/panel.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { words } from '../words.ts';
import { Audit } from './account/audit.tsx';
import { Browsers } from './account/browsers.tsx';
import { NewToken } from './account/new-token.tsx';
import { type Token, tokensQuery } from './account/tokens.ts';

const say = words.account;

export default function Account() {
  return (
    <>
      <PageTitle title={words.pages.account} />
      <Password />
      <Browsers />
      <Tokens />
      <Audit />
    </>
  );
}

function Password() {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [tried, setTried] = useState(false);
  const change = useMutation({
    mutationFn: () => answer(api.PUT('/api/v1/password', { body: { password } })),
    onSuccess: () => {
      setPassword('');
      setAgain('');
      setTried(false);
    },
    meta: { done: say.password.changed, error_in_place: true },
  });
  return (
    <Panel title={say.password.title}>
      <p className="soft">{say.password.about}</p>
      <Form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (password === again) change.mutate();
        }}
      >
        <TextField
          label={say.password.new_one}
          help={say.password.help}
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={setPassword}
          maxLength={256}
          width_ch={16}
        />
        <TextField
          label={say.password.again}
          type="password"
          autoComplete="new-password"
          value={again}
          onChange={setAgain}
          error={tried && password !== again ? say.password.differ : undefined}
          width_ch={16}
        />
        <ErrorNote error={change.error} />
        <div className="row">
          <Button type="submit" isPending={change.isPending} isDisabled={password === ''}>
            {say.password.change}
          </Button>
        </div>
      </Form>
    </Panel>
  );
}

function Tokens() {
  const { data, error } = useQuery(tokensQuery);
  const [revoked, setRevoked] = useState<Token>();
  return (
    <Panel title={say.tokens.title}>
      <p className="soft">{say.tokens.about}</p>
      <ErrorNote error={error} />
      {data?.length === 0 && <EmptyNote title={say.tokens.none} />}
      {data && data.length > 0 && (
        <Table label={say.tokens.title} columns={columns(setRevoked)} rows={data} keyOf={({ id }) => id} />
      )}
      <NewToken />
      <Revoke token={revoked} onClose={() => setRevoked(undefined)} />
    </Panel>
  );
}

const columns = (revoke: (token: Token) => void): Column<Token>[] => [
  { name: say.tokens.name, cell: ({ name }) => <strong>{name}</strong>, value: ({ name }) => name },
  { name: say.tokens.scope, cell: ({ scope }) => say.scopes[scope], value: ({ scope }) => scope },
  { name: say.tokens.expires, cell: ({ expires_at }) => <When time={expires_at} /> },
  { name: say.tokens.used, cell: ({ last_used_at }) => <When time={last_used_at} /> },
  {
    name: words.clients.actions,
    actions: true,
    cell: (token) => (
      <Button aria-label={`${say.tokens.revoke} ${token.name}`} onPress={() => revoke(token)}>
        {say.tokens.revoke}
      </Button>
    ),
  },
];

function Revoke({ token, onClose }: { token: Token | undefined; onClose: () => void }) {
  const keep = useQueryClient();
  const revoke = useMutation({
    mutationFn: ({ id }: Token) => answer(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } })),
    onSuccess: onClose,
    onSettled: () => keep.invalidateQueries({ queryKey: tokensQuery.queryKey }),
    meta: { done: token && say.tokens.revoked(token.name), error_in_place: true },
  });
  return (
    <ConfirmDialog
      title={say.tokens.revoke_title(token?.name ?? '')}
      action={say.tokens.revoke}
      isOpen={token !== undefined}
      isPending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => token && revoke.mutate(token)}
      onClose={() => {
        revoke.reset();
        onClose();
      }}
    >
      {say.tokens.revoke_what}
    </ConfirmDialog>
  );
}
