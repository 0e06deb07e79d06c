// Before the pages: the way in. The address stays what it is, so that who followed a link to a page is on it afterwards.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { answer, api } from '../api.ts';
import { Button } from '../parts/button.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { noted, sessionQuery } from '../session.ts';
import { words } from '../words.ts';
import { SetUp } from './set-up.tsx';
import { SignIn } from './sign-in.tsx';
import './gate.css';

const link_path = '/sign-in';

export function Gate({ children }: { children: ReactNode }) {
  const link = useLink();
  const { data: state, error, refetch } = useQuery({ ...sessionQuery, enabled: !link.pending });
  if (state?.signed_in) return children;
  return (
    <main className="gate">
      <div className="brand">{words.product}</div>
      <ErrorNote error={link.error} />
      {state && (state.has_password ? <SignIn /> : <SetUp first_visit_s={state.first_visit_s} />)}
      {error && <ErrorNote error={error} />}
      {error && <Button onPress={() => void refetch()}>{words.try_again}</Button>}
      {!state && !error && <p role="status">{words.loading}</p>}
    </main>
  );
}

/** A link that signs in once: its secret is behind the #, which no server and no log gets to see. */
function useLink(): { pending: boolean; error: unknown } {
  const [secret] = useState(() => (location.pathname === link_path ? location.hash.slice(1) : ''));
  const [outcome, setOutcome] = useState<{ pending: boolean; error: unknown }>({ pending: secret !== '', error: null });
  const queries = useQueryClient();
  useEffect(() => {
    if (location.pathname === link_path) history.replaceState(null, '', '/');
    if (secret === '') return;
    answer(api.POST('/api/v1/session/link', { body: { secret } })).then(
      (state) => {
        queries.setQueryData(sessionQuery.queryKey, noted(state));
        setOutcome({ pending: false, error: null });
      },
      (error: unknown) => setOutcome({ pending: false, error }),
    );
  }, [secret, queries]);
  return outcome;
}
