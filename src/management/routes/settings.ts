import { Type } from 'typebox';
import { route } from '../route.ts';
import { SettingChange, SettingSummary } from '../schema/settings.ts';

export const setting_routes = [
  route({
    method: 'GET',
    path: '/settings',
    access: 'read',
    summary: 'The settings: what each does, takes and has, and when a change is in force',
    schema: { answer: Type.Array(SettingSummary) },
    handler: ({ service }) => service.settings.list(),
  }),
  route({
    method: 'PATCH',
    path: '/settings',
    access: 'admin',
    summary: 'Change settings, in force at once where that can be; all of them, or none',
    schema: { body: SettingChange, answer: Type.Array(SettingSummary) },
    handler: ({ service, body }) => service.settings.change(body),
    subject: (_, body) => Object.keys(body).join(', '),
  }),
];
