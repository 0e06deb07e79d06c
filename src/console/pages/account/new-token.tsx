// A token is made: what it may do, how long it is good, and its secret, which is shown once.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import { answer, api } from '../../api.ts';
import { Button } from '../../parts/button.tsx';
import { Copyable } from '../../parts/copyable.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Select, TextField } from '../../parts/fields.tsx';
import { ErrorNote, Note } from '../../parts/notes.tsx';
import { words } from '../../words.ts';
import { type Token, tokensQuery } from './tokens.ts';

const say = words.account.tokens;
const scopes = ['read', 'operate', 'admin'] as const satisfies readonly Token['scope'][];
const lives = ['30', '90', '365', 'never'] as const;

export function NewToken() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <div className="row">
        <Button onPress={() => setOpen(true)}>{say.make}</Button>
      </div>
      <Dialog title={say.make} isOpen={open} onClose={() => setOpen(false)}>
        <Make onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Token['scope']>('read');
  const [days, setDays] = useState<(typeof lives)[number]>('30');
  const keep = useQueryClient();
  const make = useMutation({
    mutationFn: () => {
      const life = days === 'never' ? {} : { expires_days: Number(days) };
      return answer(api.POST('/api/v1/tokens', { body: { name: name.trim(), scope, ...life } }));
    },
    onSuccess: () => keep.invalidateQueries({ queryKey: tokensQuery.queryKey }),
    meta: { error_in_place: true },
  });
  if (make.data) return <Made secret={make.data.secret} onClose={onClose} />;
  return (
    <Form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      <TextField label={say.name} help={say.name_help} value={name} onChange={setName} maxLength={64} autoFocus />
      <Select
        label={say.scope}
        value={scope}
        onChange={setScope}
        options={scopes.map((value) => ({ value, name: words.account.scopes[value] }))}
      />
      <Select
        label={say.expires}
        value={days}
        onChange={setDays}
        options={lives.map((value) => ({ value, name: value === 'never' ? words.never : say.in_days(value) }))}
      />
      <ErrorNote error={make.error} />
      <div className="row end">
        <Button onPress={onClose}>{words.cancel}</Button>
        <Button kind="primary" type="submit" isPending={make.isPending} isDisabled={name.trim() === ''}>
          {say.make}
        </Button>
      </div>
    </Form>
  );
}

function Made({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <>
      <Note kind="good">{say.once}</Note>
      <Copyable text={secret} />
      <div className="row end">
        <Button kind="primary" onPress={onClose}>
          {words.close}
        </Button>
      </div>
    </>
  );
}
