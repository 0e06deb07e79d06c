// An application as the file holds it, and as clients list it.

import { type Static, Type } from 'typebox';

const max_title_length = 128;
const max_text_length = 4096;
export const max_apps = 128;
/** Ids are positive, signed and of 32 bits (docs/gamestream.md, 4.1). */
export const max_app_id = 0x7fff_ffff;

/** What the kernel takes in an argument, a variable, a path: anything but its end. */
const no_nul = '^[^\\u0000]*$';

/** Program and arguments; no shell reads them. */
export const CommandLine = Type.Array(Type.String({ minLength: 1, maxLength: max_text_length, pattern: no_nul }), {
  minItems: 1,
  maxItems: 256,
});
export type CommandLine = Static<typeof CommandLine>;

export const App = Type.Object(
  {
    /** Clients keep shortcuts and pictures by it. Missing: made of the title. */
    id: Type.Optional(Type.Integer({ minimum: 1, maximum: max_app_id })),
    title: Type.String({ minLength: 1, maxLength: max_title_length, pattern: '^[^\\u0000-\\u001f\\u007f]*$' }),
    /** Started on the streamed desktop; none: the desktop itself. */
    command: Type.Optional(CommandLine),
    /** Where its programs run; none: where the host runs. */
    working_directory: Type.Optional(Type.String({ maxLength: max_text_length, pattern: '^/[^\\u0000]*$' })),
    /** Variables that its programs have besides the desktop's. */
    environment: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }),
        Type.String({ maxLength: max_text_length, pattern: no_nul }),
        { maxProperties: 64, additionalProperties: false },
      ),
    ),
    /** Done in this order before the program starts, undone in the other one when it is over, whatever ended it. */
    prepare: Type.Optional(
      Type.Array(
        Type.Object(
          { do: Type.Optional(CommandLine), undo: Type.Optional(CommandLine) },
          { additionalProperties: false, minProperties: 1 },
        ),
        { maxItems: 16 },
      ),
    ),
  },
  { additionalProperties: false },
);
export type App = Static<typeof App>;

export interface ListedApp extends App {
  /** Non-zero, 31 bits, no two the same. */
  readonly id: number;
}

/** Where the file names no id: 32-bit FNV-1a of the title, cut to a positive signed number; the next free one where two meet. */
export function listApps(apps: readonly App[]): ListedApp[] {
  const used = new Set(apps.map(({ id }) => id ?? 0));
  const named = new Set<number>();
  return apps.map((app) => {
    let { id } = app;
    if (id === undefined || named.has(id)) {
      id = fnv1a(app.title) & max_app_id;
      while (id === 0 || used.has(id)) id = (id + 1) & max_app_id;
      used.add(id);
    }
    named.add(id);
    return { ...app, id };
  });
}

function fnv1a(text: string): number {
  let hash = 0x811c_9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return hash >>> 0;
}
