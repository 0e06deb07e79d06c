// Who is at this browser: signed in or not, and how he can be.

import { queryOptions } from '@tanstack/react-query';
import { answer, api, setCsrf } from './api.ts';
import type { SignInState } from './types.ts';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async () => noted(await answer(api.GET('/api/v1/session'))),
  staleTime: Number.POSITIVE_INFINITY,
});

/** What goes with each change from now on. */
export function noted(state: SignInState): SignInState {
  setCsrf(state.csrf);
  return state;
}
