import { type Static, Type } from 'typebox';
import { App, max_app_id, max_apps } from '../../config/app.ts';

const id = Type.Integer({ minimum: 1, maximum: max_app_id });
const { id: _, ...editable } = App.properties;

/** What a person sets. */
export const ApplicationEdit = Type.Object(editable, { title: 'ApplicationEdit', additionalProperties: false });
export type ApplicationEdit = Static<typeof ApplicationEdit>;

const version = Type.String({ maxLength: 64, description: 'of what is set; a change says which one it was made of' });

/** What a person sets of one that is there. */
export const ApplicationChange = Type.Object(
  { ...editable, version },
  { title: 'ApplicationChange', additionalProperties: false },
);
export type ApplicationChange = Static<typeof ApplicationChange>;

const summary = {
  id,
  title: Type.String(),
  has_program: Type.Boolean({ description: 'false: it is the desktop itself' }),
  has_box_art: Type.Boolean({ description: 'false: clients are given one that is drawn' }),
  running: Type.Boolean({ description: 'for any client' }),
};

export const ApplicationSummary = Type.Object(summary, { title: 'ApplicationSummary' });
export type ApplicationSummary = Static<typeof ApplicationSummary>;

export const Application = Type.Object({ ...editable, ...summary, version }, { title: 'Application' });
export type Application = Static<typeof Application>;

export const ApplicationPath = Type.Object({ id });

export const ApplicationOrder = Type.Object(
  { ids: Type.Array(id, { maxItems: max_apps, description: 'of all applications' }) },
  { title: 'ApplicationOrder', additionalProperties: false },
);

export const Trial = Type.Object(
  {
    output: Type.String({ description: 'what it wrote first, at most 64 KiB' }),
    output_cut: Type.Boolean({ description: 'it wrote more' }),
    how: Type.String({ description: 'how it ended, as the end of a sentence about it' }),
    failed: Type.Boolean(),
    ran_ms: Type.Integer(),
  },
  { title: 'Trial' },
);
export type Trial = Static<typeof Trial>;
