import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../../api.ts';
import { dayOf, endOfDay, fingerprint } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Switch, TextField } from '../../parts/fields.tsx';
import { ErrorNote } from '../../parts/notes.tsx';
import type { Client } from '../../types.ts';
import { words } from '../../words.ts';

export function Edit({ client, onClose }: { client: Client; onClose: () => void }) {
  const [name, setName] = useState(client.name);
  const [rights, setRights] = useState(client.rights);
  const [last_day, setLastDay] = useState(dayOf(client.expires_at));
  const queries = useQueryClient();
  // An end that was not touched keeps its hour.
  const expiry = last_day === dayOf(client.expires_at) ? {} : { expires_at: endOfDay(last_day) };
  const save = useMutation({
    mutationFn: () =>
      answer(
        api.PATCH('/api/v1/clients/{id}', {
          params: { path: { id: client.id } },
          body: { name: name.trim(), rights, ...expiry },
        }),
      ),
    meta: { done: words.clients.saved(name.trim()), error_in_place: true },
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['clients'] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog title={words.clients.edit_title(client.name)} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextField label={words.clients.name} value={name} onChange={setName} maxLength={64} isRequired autoFocus />
        <Switch
          label={words.clients.input}
          help={words.clients.input_help}
          isSelected={rights.input}
          onChange={(input) => setRights({ ...rights, input })}
        />
        <Switch
          label={words.clients.launch}
          help={words.clients.launch_help}
          isSelected={rights.launch}
          onChange={(launch) => setRights({ ...rights, launch })}
        />
        <TextField
          label={words.clients.last_day}
          help={words.clients.last_day_help}
          type="date"
          value={last_day}
          onChange={setLastDay}
          width_ch={16}
        />
        <p className="soft small">
          {words.clients.id} <code>{client.id}</code>, {words.clients.fingerprint}{' '}
          <code>{fingerprint(client.fingerprint)}</code>
        </p>
        <ErrorNote error={save.error} />
        <div className="row end">
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button kind="primary" type="submit" isPending={save.isPending} isDisabled={name.trim() === ''}>
            {words.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
