import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../api.ts';
import { duration } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/fields.tsx';
import { ErrorNote, Note } from '../parts/notes.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { noted, sessionQuery } from '../session.ts';
import { words } from '../words.ts';

export function SetUp({ first_visit_s }: { first_visit_s: number }) {
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const queries = useQueryClient();
  const set_up = useMutation({
    mutationFn: () =>
      answer(api.POST('/api/v1/session/set-up', { body: { password, ...(code.trim() && { code: code.trim() }) } })),
    meta: { error_in_place: true },
    onSuccess: (state) => queries.setQueryData(sessionQuery.queryKey, noted(state)),
    // Somebody else may have chosen one, or the time is over.
    onError: () => queries.invalidateQueries(sessionQuery),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    set_up.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <h1>{words.sign_in.set_up_title}</h1>
      <p className="soft">{words.sign_in.set_up_why}</p>
      {first_visit_s > 0 ? (
        <Note kind="warn">{words.sign_in.first_visit(duration(first_visit_s))}</Note>
      ) : (
        <TextField
          label={words.sign_in.code}
          help={<Sentence text={words.sign_in.code_help} />}
          value={code}
          onChange={setCode}
          autoComplete="one-time-code"
          autoFocus
        />
      )}
      <TextField
        label={words.sign_in.new_password}
        help={words.sign_in.new_password_help}
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
      />
      <ErrorNote error={set_up.error} />
      <Button kind="primary" type="submit" isPending={set_up.isPending} isDisabled={password === ''}>
        {words.sign_in.choose}
      </Button>
    </form>
  );
}
