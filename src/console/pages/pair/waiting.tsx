// One client that waits: the box for its PIN, how long it has waited and will.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answer, api } from '../../api.ts';
import { ApiError } from '../../errors.ts';
import { duration } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/fields.tsx';
import { Panel } from '../../parts/panel.tsx';
import type { WaitingClient } from '../../types.ts';
import { useNow } from '../../use-now.ts';
import { words } from '../../words.ts';

export interface Outcome {
  paired?: string;
  error?: unknown;
}

interface Props {
  client: WaitingClient;
  /** When the host told of it. */
  at_ms: number;
  onOutcome: (outcome: Outcome) => void;
}

export function Waiting({ client: { address, waiting_s, left_s, pause_s }, at_ms, onOutcome }: Props) {
  const [pin, setPin] = useState('');
  const [name, setName] = useState('');
  const since_s = Math.max(0, useNow() - at_ms) / 1000;
  const queries = useQueryClient();
  const changed = () => queries.invalidateQueries({ queryKey: ['pairing'] });
  const approve = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/pairing/approve', { body: { pin, address, ...(name.trim() && { name: name.trim() }) } }),
      ),
    meta: { error_in_place: true },
    onMutate: () => onOutcome({}),
    onSuccess: ({ name }) => onOutcome({ paired: name }),
    onError: (error) => onOutcome({ error: forPage(error) }),
    // A wrong PIN ends the client's try, too: it begins again, and is another one that waits.
    onSettled: () => {
      setPin('');
      return changed();
    },
  });
  const refuse = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/pairing/refuse', { body: { address } })),
    onMutate: () => onOutcome({}),
    onSettled: changed,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    approve.mutate();
  };
  const waits = words.pair.waiting_since(duration(waiting_s + since_s), duration(left_s - since_s));
  return (
    <Panel title={address} actions={<span className="soft">{waits}</span>}>
      <form className="pair-form" onSubmit={submit}>
        <TextField
          label={words.pair.pin}
          help={words.pair.pin_help}
          value={pin}
          onChange={(text) => setPin(text.replace(/\D/g, '').slice(0, 4))}
          inputMode="numeric"
          autoComplete="off"
          width_ch={4}
          isDisabled={approve.isPending}
          autoFocus
          isRequired
        />
        <TextField
          label={words.pair.name}
          help={words.pair.name_help}
          value={name}
          onChange={setName}
          maxLength={64}
          autoComplete="off"
          isDisabled={approve.isPending}
        />
        <div className="row">
          <Button kind="primary" type="submit" isPending={approve.isPending} isDisabled={pin.length !== 4}>
            {words.pair.pair_it}
          </Button>
          <Button onPress={() => refuse.mutate()} isPending={refuse.isPending} isDisabled={approve.isPending}>
            {words.pair.refuse}
          </Button>
        </div>
      </form>
      {pause_s > since_s && <p className="soft">{words.pair.pause(duration(Math.ceil(pause_s - since_s)))}</p>}
      <p role="status" className="soft">
        {approve.isPending && words.pair.pairing}
      </p>
    </Panel>
  );
}

/** The host's sentences are for its command line, too; these name what a page has not. */
function forPage(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { code, status } = error;
  const said = words.pair.errors[code as keyof typeof words.pair.errors];
  return said ? new ApiError(status, { code, message: said.sentence, cure: said.cure }) : error;
}
