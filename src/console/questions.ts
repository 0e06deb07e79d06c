// What the pages asked the host: kept for a moment, asked again when the host is back, never while nobody looks. What they told it to do is
// said to be done, or why not.

import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { checkConnection, onReturn } from './connection.ts';
import { ApiError, ConnectionError, explain } from './errors.ts';
import type { Subject } from './events.ts';
import { tell } from './notices.ts';

declare module '@tanstack/react-query' {
  interface Register {
    /** A question by another name would not be asked again when its answer is old. */
    queryKey: readonly [
      Subject | 'session' | 'doctor' | 'encoders' | 'measuring-kit' | 'preview' | 'recording',
      ...unknown[],
    ];
    mutationMeta: {
      /** The sentence when it is done; none where the page shows it. */
      done?: string | undefined;
      /** The page shows the error where it was made. */
      error_in_place?: boolean;
    };
  }
}

function note(error: unknown): void {
  if (error instanceof ConnectionError) void checkConnection();
  // The session is over, or another one began in another window: the page asks who is here, and shows the way in.
  if (error instanceof ApiError && ['SIGN_IN_NEEDED', 'FOREIGN_PAGE'].includes(error.code))
    void questions.invalidateQueries({ queryKey: ['session'] });
}

export const questions = new QueryClient({
  queryCache: new QueryCache({ onError: note }),
  mutationCache: new MutationCache({
    onSuccess(_data, _variables, _result, { meta }) {
      if (meta?.done) tell({ kind: 'good', sentence: meta.done });
    },
    onError(error, _variables, _result, { meta }) {
      note(error);
      if (!meta?.error_in_place) tell({ kind: 'bad', ...explain(error) });
    },
  }),
  defaultOptions: { queries: { staleTime: 5000, retry: false, refetchIntervalInBackground: false } },
});
onReturn(() => void questions.invalidateQueries());
