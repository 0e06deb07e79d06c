import { useMutation } from '@tanstack/react-query';
import { answer, api } from '../api.ts';
import { Button } from '../parts/button.tsx';
import { words } from '../words.ts';

export function SignOut() {
  const sign_out = useMutation({
    mutationFn: () => answer(api.DELETE('/api/v1/session')),
    // Nothing of what was seen stays on this page.
    onSuccess: () => location.replace('/'),
  });
  return (
    <Button kind="quiet" onPress={() => sign_out.mutate()} isPending={sign_out.isPending}>
      {words.sign_in.sign_out}
    </Button>
  );
}
