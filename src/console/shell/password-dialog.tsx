// Asks for the password once more, wherever the host wants it; what was done goes on by itself then.

import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { answer, api, onPasswordNeeded } from '../api.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/fields.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { words } from '../words.ts';

export function PasswordDialog() {
  const [asked, setAsked] = useState<PromiseWithResolvers<boolean>>();
  const [password, setPassword] = useState('');
  useEffect(
    () =>
      onPasswordNeeded(() => {
        const one = Promise.withResolvers<boolean>();
        setAsked(one);
        return one.promise;
      }),
    [],
  );
  const confirm = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/session/confirm', { body: { password } })),
    meta: { error_in_place: true },
    onSuccess: () => end(true),
    onError: () => setPassword(''),
  });
  const end = (given: boolean) => {
    asked?.resolve(given);
    setAsked(undefined);
    setPassword('');
    confirm.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <Dialog title={words.sign_in.again_title} isOpen={asked !== undefined} onClose={() => end(false)}>
      <form className="stack" onSubmit={submit}>
        <p className="soft">{words.sign_in.again_why}</p>
        <TextField
          label={words.sign_in.password}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
          autoFocus
        />
        <ErrorNote error={confirm.error} />
        <div className="row end">
          <Button onPress={() => end(false)}>{words.cancel}</Button>
          <Button kind="primary" type="submit" isPending={confirm.isPending} isDisabled={password === ''}>
            {words.sign_in.confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
