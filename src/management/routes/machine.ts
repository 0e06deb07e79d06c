import { Type } from 'typebox';
import { route } from '../route.ts';
import { DisplayChoice, EncoderSummary } from '../schema/machine.ts';

export const machine_routes = [
  route({
    method: 'GET',
    path: '/displays',
    access: 'read',
    summary: 'What this machine can show: each kind of desktop, or why not',
    schema: { answer: Type.Array(DisplayChoice) },
    handler: ({ service }) => service.displays(),
  }),
  route({
    method: 'GET',
    path: '/encoders',
    access: 'read',
    summary: 'What this machine can encode, the best first; or why not',
    schema: { answer: Type.Array(EncoderSummary) },
    handler: ({ service }) => service.encoders(),
  }),
];
