import { type Static, Type } from 'typebox';
import { OneOf } from './common.ts';

const Value = Type.Union([Type.String({ maxLength: 4096 }), Type.Integer(), Type.Boolean()]);

export const SettingSummary = Type.Object(
  {
    name: Type.String(),
    help: Type.String(),
    takes: Type.String({ description: 'as the end of "NAME takes …"' }),
    type: OneOf('integer', 'boolean', 'choice', 'text'),
    minimum: Type.Optional(Type.Integer()),
    maximum: Type.Optional(Type.Integer()),
    choices: Type.Optional(Type.Array(Type.String())),
    max_length: Type.Optional(Type.Integer()),
    default: Value,
    value: { ...Value, description: 'in force now' },
    configured: {
      ...Value,
      description: 'what a start would take now: another one than is in force where only a start brings it into force',
    },
    place: { ...OneOf('flag', 'environment', 'file', 'default'), description: 'where that comes from' },
    fixed: Type.Boolean({ description: 'a flag or the environment has it, which wins over what is set here' }),
    effect: { ...OneOf('now', 'next_stream', 'restart'), description: 'when a change is in force' },
  },
  { title: 'SettingSummary' },
);
export type SettingSummary = Static<typeof SettingSummary>;

export const SettingChange = Type.Record(Type.String(), Type.Union([...Value.anyOf, Type.Null()]), {
  title: 'SettingChange',
  description: 'values by name; null: the default',
  minProperties: 1,
  maxProperties: 64,
});
export type SettingChange = Static<typeof SettingChange>;
