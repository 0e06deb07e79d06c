// One thing that was looked at.

export interface Check {
  /** Short and stable, for scripts. */
  name: string;
  /** `missing` stops streaming; `note` is worth knowing. */
  state: 'ok' | 'missing' | 'note';
  /** What was seen. */
  detail: string;
  /** What to do; empty when there is nothing to do. */
  cure: string;
}

export const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail, cure: '' });
export const note = (name: string, detail: string, cure: string): Check => ({ name, state: 'note', detail, cure });
export const missing = (name: string, detail: string, cure: string): Check => ({
  name,
  state: 'missing',
  detail,
  cure,
});
