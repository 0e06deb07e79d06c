import { queryOptions } from '@tanstack/react-query';
import type { components } from '../../../api/schema.ts';
import { answer, api } from '../../api.ts';

export type Token = components['schemas']['Token'];

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: () => answer(api.GET('/api/v1/tokens')),
});
