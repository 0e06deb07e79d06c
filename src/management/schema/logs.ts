import { type Static, Type } from 'typebox';
import { LogEntry, LogLevel } from '../../log-ring.ts';
import { Nullable } from './common.ts';

export const log_filter = {
  level: Type.Optional(LogLevel),
  text: Type.Optional(Type.String({ maxLength: 200, description: 'Somewhere in the line, in capitals or not.' })),
};

export const LogPage = Type.Object(
  {
    entries: Type.Array(LogEntry),
    newest_id: Nullable(Type.String({ description: 'Of the whole log, whatever the filter: follow it from here.' })),
  },
  { title: 'LogPage' },
);
export type LogPage = Static<typeof LogPage>;
