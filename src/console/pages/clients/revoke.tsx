import { useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '../../api.ts';
import { ConfirmDialog } from '../../parts/dialog.tsx';
import type { Client } from '../../types.ts';
import { words } from '../../words.ts';

export function Revoke({ client, onClose }: { client: Client; onClose: () => void }) {
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/clients/{id}', { params: { path: { id: client.id } } })),
    meta: { done: words.clients.revoked(client.name), error_in_place: true },
    onSuccess: onClose,
    onSettled: () => queries.invalidateQueries({ queryKey: ['clients'] }),
  });
  return (
    <ConfirmDialog
      title={words.clients.revoke_title(client.name)}
      action={words.clients.revoke}
      isOpen
      isPending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      {words.clients.revoke_what}
    </ConfirmDialog>
  );
}
