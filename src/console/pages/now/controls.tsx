// What can be done with a stream while it is on.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../../api.ts';
import { bitRate } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { ConfirmDialog, Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/fields.tsx';
import { ErrorNote } from '../../parts/notes.tsx';
import type { Session } from '../../types.ts';
import { words } from '../../words.ts';

export function Controls({ session }: { session: Session }) {
  const [open, setOpen] = useState<'bit_rate' | 'stop'>();
  const close = () => setOpen(undefined);
  const params = { path: { id: session.id } };
  const idr = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/sessions/{id}/idr', { params })),
    meta: { done: words.now.idr_asked },
  });
  const queries = useQueryClient();
  const stop = useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/sessions/{id}', { params })),
    meta: { done: words.now.stopped(session.client.name), error_in_place: true },
    onSuccess: close,
    onSettled: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <>
      <Button onPress={() => idr.mutate()} isPending={idr.isPending}>
        {words.now.idr}
      </Button>
      <Button onPress={() => setOpen('bit_rate')}>{words.now.change_bit_rate}</Button>
      <Button kind="danger" onPress={() => setOpen('stop')}>
        {words.now.stop}
      </Button>
      {open === 'bit_rate' && <BitRate session={session} onClose={close} />}
      <ConfirmDialog
        title={words.now.stop_title(session.client.name)}
        action={words.now.stop}
        isOpen={open === 'stop'}
        isPending={stop.isPending}
        error={stop.error}
        onConfirm={() => stop.mutate()}
        onClose={close}
      >
        {words.now.stop_what}
      </ConfirmDialog>
    </>
  );
}

function BitRate({ session, onClose }: { session: Session; onClose: () => void }) {
  const [mbps, setMbps] = useState(String((session.video?.bitrate_kbps ?? 0) / 1000));
  const bitrate_kbps = Math.round(Number(mbps.replace(',', '.')) * 1000);
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: () =>
      answer(
        api.PUT('/api/v1/sessions/{id}/bitrate', { params: { path: { id: session.id } }, body: { bitrate_kbps } }),
      ),
    meta: { done: words.now.bit_rate_is(bitRate(bitrate_kbps)), error_in_place: true },
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Dialog title={words.now.change_bit_rate} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextField
          label={words.now.mbps}
          help={words.now.bit_rate_help}
          value={mbps}
          onChange={setMbps}
          inputMode="decimal"
          width_ch={8}
          autoFocus
        />
        <ErrorNote error={change.error} />
        <div className="row end">
          <Button onPress={onClose}>{words.cancel}</Button>
          <Button kind="primary" type="submit" isPending={change.isPending} isDisabled={!(bitrate_kbps > 0)}>
            {words.now.change}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
