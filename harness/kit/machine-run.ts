// What one machine came to at one commit: each figure of the kit in each of some rounds, and what could not be measured. One document, kept
// as a baseline and drawn over commits (ci/hardware).

import { type Static, Type } from 'typebox';
import { Count, Finite, type Kind, list, parseDocument, readDocument, struct, Text } from './document.ts';
import { better, Machine, results } from './report.ts';

export const machine_run_version = 1;
export const machine_name = /^[a-z0-9][a-z0-9-]{0,99}$/;

const Graphics = struct({
  /** As below /sys/class/drm, or "nvidia" where only its module tells. */
  card: Text,
  /** Vendor and device, in hexadecimal; '' of what is on no bus that has such. */
  id: Type.String({ pattern: '^([0-9a-f]{4}:[0-9a-f]{4})?$' }),
  /** As lspci calls it; else what its driver is. */
  name: Text,
  /** The kernel's, with its version where it tells one. */
  driver: Text,
  /** That VA-API has, as vainfo tells. */
  video: Type.Optional(Text),
});
export type Graphics = Static<typeof Graphics>;

const MachineOfRun = struct({
  /** Of its baseline's file: chip, cores and graphics, or a name that was given. No serial number, host name or address is in it. */
  name: Type.String({ pattern: machine_name.source }),
  ...Machine.properties,
  graphics: list(Graphics, 16),
  /** Of the session that is here; absent: there is none. */
  desktop: Type.Optional(Text),
});

const Figure = struct({
  part: Text,
  case: Text,
  name: Text,
  unit: Text,
  from: Text,
  to: Text,
  /** Absent: nobody can say. It is drawn and not judged. */
  better: Type.Optional(Type.Enum([...better])),
  error: Type.Number({ minimum: 0 }),
  /** The middle of each round that has it. */
  rounds: Type.Array(Finite, { minItems: 1, maxItems: 1000 }),
});
export type Figure = Static<typeof Figure>;

const Part = struct({
  name: Text,
  words: list(Text, 100),
  result: Type.Enum([...results]),
  /** The verdict of the round that ended worst. */
  text: Text,
  notes: list(Text),
});
export type Part = Static<typeof Part>;

const Missing = struct({ what: Text, why: Text });
export type Missing = Static<typeof Missing>;

const MachineRun = struct({
  document: Type.Literal('machine run'),
  version: Type.Literal(machine_run_version),
  /** UTC, by the wall clock. */
  started: Text,
  ended: Text,
  machine: MachineOfRun,
  versions: Type.Record(Type.String(), Text),
  commit: struct({
    id: Type.String({ pattern: '^[0-9a-f]{40,64}$' }),
    /** When it was made, in UTC: the order of commits. */
    committed: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$' }),
    /** Files differ from it. */
    changed: Type.Boolean(),
  }),
  rounds: Count,
  parts: list(Part, 100),
  figures: list(Figure),
  /** What this machine has not, or does not let anybody measure. */
  missing: list(Missing, 1000),
  /** Why it is not whole; absent: it is. */
  partial: Type.Optional(Text),
});
export type MachineRun = Static<typeof MachineRun>;

const kind: Kind<typeof MachineRun> = {
  schema: MachineRun,
  version: machine_run_version,
  what: 'machine run',
  made: 'They are made with: npm run hardware.',
  looks: (value) => 'document' in value && value.document === 'machine run',
};

/** Throws NoReportError. */
export const parseMachineRun = (text: string, name: string): MachineRun => parseDocument(kind, text, name);
export const readMachineRun = (path: string): MachineRun => readDocument(kind, path);
