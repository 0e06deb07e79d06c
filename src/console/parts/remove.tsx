// The button that removes a thing for good, once it was asked about.

import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { words } from '../words.ts';
import { Button } from './button.tsx';
import { ConfirmDialog } from './dialog.tsx';

interface RemoveProps {
  /** What a screen reader calls the button: of many that say the same. */
  label: string;
  title: string;
  about: string;
  /** Said when it is gone. */
  done: string;
  /** Of the list that it is gone from. */
  list: QueryKey;
  remove: () => Promise<unknown>;
  isDisabled?: boolean;
}

export function Remove({ label, title, about, done, list, remove, isDisabled = false }: RemoveProps) {
  const [asked, setAsked] = useState(false);
  const keep = useQueryClient();
  const removal = useMutation({
    mutationFn: remove,
    onSuccess: () => keep.invalidateQueries({ queryKey: list }),
    meta: { done, error_in_place: true },
  });
  return (
    <>
      <Button kind="quiet" isDisabled={isDisabled} aria-label={label} onPress={() => setAsked(true)}>
        {words.remove}
      </Button>
      <ConfirmDialog
        title={title}
        action={words.remove}
        isOpen={asked}
        isPending={removal.isPending}
        error={removal.error}
        onConfirm={() => removal.mutate()}
        onClose={() => setAsked(false)}
      >
        {about}
      </ConfirmDialog>
    </>
  );
}
