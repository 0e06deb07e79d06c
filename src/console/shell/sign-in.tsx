import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../api.ts';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/fields.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { noted, sessionQuery } from '../session.ts';
import { words } from '../words.ts';

export function SignIn() {
  const [password, setPassword] = useState('');
  const queries = useQueryClient();
  const sign_in = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/session', { body: { password } })),
    meta: { error_in_place: true },
    onSuccess: (state) => queries.setQueryData(sessionQuery.queryKey, noted(state)),
    onError: () => setPassword(''),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    sign_in.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <h1>{words.sign_in.title}</h1>
      <TextField
        label={words.sign_in.password}
        help={<Sentence text={words.sign_in.password_help} />}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        autoFocus
      />
      <ErrorNote error={sign_in.error} />
      <Button kind="primary" type="submit" isPending={sign_in.isPending} isDisabled={password === ''}>
        {words.sign_in.sign_in}
      </Button>
    </form>
  );
}
