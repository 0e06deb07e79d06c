// One thing that was looked at.

import { type Static, Type } from 'typebox';

export const Check = Type.Object(
  {
    /** Short and stable, for scripts. */
    name: Type.String(),
    /** `missing` stops streaming; `note` is worth knowing. */
    state: Type.Enum(['ok', 'missing', 'note']),
    /** What was seen. */
    detail: Type.String(),
    /** What to do; empty when there is nothing to do. */
    cure: Type.String(),
  },
  { title: 'Check' },
);
export type Check = Static<typeof Check>;

export const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail, cure: '' });
export const note = (name: string, detail: string, cure: string): Check => ({ name, state: 'note', detail, cure });
export const missing = (name: string, detail: string, cure: string): Check => ({
  name,
  state: 'missing',
  detail,
  cure,
});
