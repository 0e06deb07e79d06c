import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { outdatedBy } from '../events.ts';
import { listen } from '../live.ts';
import { tell } from '../notices.ts';
import { words } from '../words.ts';

/** What the pages show is asked anew when something happened to it. */
export function useEvents(): void {
  const queries = useQueryClient();
  useEffect(
    () =>
      listen('/api/v1/events', (message) => {
        noteVersion(message);
        const outdated = outdatedBy(message);
        if (outdated === 'all') void queries.invalidateQueries();
        else for (const subject of outdated) void queries.invalidateQueries({ queryKey: [subject] });
      }),
    [queries],
  );
}

/** Of the host that this page came from, by what it said first. */
let version: string | undefined;

/** A page goes on with a host of another version, and may not know all that it says. */
function noteVersion(message: unknown): void {
  const { type, version: told } = message as { type: string; version?: string };
  if (type !== 'hello' || told === undefined || told === version) return;
  if (version !== undefined) tell({ kind: 'bad', ...words.updated(told) });
  version = told;
}
