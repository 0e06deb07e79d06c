// What several pages ask, each under the name by which it is asked anew.

import { queryOptions } from '@tanstack/react-query';
import { answer, api } from './api.ts';

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: () => answer(api.GET('/api/v1/status')),
});

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: () => answer(api.GET('/api/v1/sessions')),
});

export const clientsQuery = queryOptions({
  queryKey: ['clients'],
  queryFn: () => answer(api.GET('/api/v1/clients')),
});

export const waitingQuery = queryOptions({
  queryKey: ['pairing'],
  queryFn: () => answer(api.GET('/api/v1/pairing')),
});
