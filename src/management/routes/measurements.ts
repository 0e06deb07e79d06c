import { Type } from 'typebox';
import { harness_install } from '../../installation.ts';
import { MeasurementDetail, MeasurementEntry, MeasurementLimits } from '../../measurements/format.ts';
import { part_names, parts } from '../../measurements/parts.ts';
import { route } from '../route.ts';
import { Done } from '../schema/common.ts';

const MeasurementPath = Type.Object({ id: Type.String({ maxLength: 64 }) });

const Kit = Type.Object(
  {
    installed: Type.Boolean(),
    /** How one gets to it, in a sentence. */
    install: Type.String(),
    parts: Type.Array(Type.Object({ name: Type.Enum([...part_names]), about_s: Type.Integer() })),
  },
  { title: 'MeasuringKit' },
);

const MeasurementRequest = Type.Object(
  {
    parts: Type.Array(Type.Enum([...part_names]), { minItems: 1, maxItems: part_names.length, uniqueItems: true }),
    limits: Type.Optional(MeasurementLimits),
  },
  { title: 'MeasurementRequest', additionalProperties: false },
);

export const measurement_routes = [
  route({
    method: 'GET',
    path: '/measuring-kit',
    access: 'read',
    summary: 'Whether this machine can measure itself, what of, and about how long each part takes',
    schema: { answer: Kit },
    handler: ({ service }) => ({
      installed: service.measurements.is_installed,
      install: `${harness_install}.`,
      parts: part_names.map((name) => ({ name, about_s: parts[name].about_s })),
    }),
  }),
  route({
    method: 'GET',
    path: '/measurements',
    access: 'read',
    summary: 'Measurements of this machine, the newest first; one that goes on among them',
    schema: { answer: Type.Array(MeasurementEntry) },
    handler: ({ service }) => service.measurements.list(),
  }),
  route({
    method: 'POST',
    path: '/measurements',
    access: 'operate',
    summary: 'Measure this machine, while nobody streams. A stream that begins meanwhile ends it',
    schema: { body: MeasurementRequest, answer: MeasurementEntry },
    handler: ({ service, body }) => service.measurements.start(body.parts, body.limits ?? {}),
    subject: ({ id }) => id,
  }),
  route({
    method: 'GET',
    path: '/measurements/:id',
    access: 'read',
    summary: 'A measurement with its figures, also while it goes on',
    schema: { params: MeasurementPath, answer: MeasurementDetail },
    handler: ({ service, params }) => service.measurements.read(params.id),
  }),
  route({
    method: 'POST',
    path: '/measurements/:id/cancel',
    access: 'operate',
    summary: 'End the measurement that goes on; what there is of it is kept',
    schema: { params: MeasurementPath, answer: MeasurementEntry },
    handler: ({ service, params }) => service.measurements.cancel(params.id),
  }),
  route({
    method: 'GET',
    path: '/measurements/:id/file',
    access: 'read',
    summary: "The file of a measurement: lines of JSON, what it came to and then the kit's report of each part",
    schema: { params: MeasurementPath, answer: { content_type: 'application/x-ndjson' } },
    handler: async ({ service, params, reply }) => {
      const file = await service.measurements.file(params.id, 'ndjson');
      reply.header('content-disposition', `attachment; filename="punktfunk-measured-${params.id}.ndjson"`);
      return file;
    },
  }),
  route({
    method: 'GET',
    path: '/measurements/:id/page',
    access: 'read',
    summary: 'A measurement as a page that needs nothing else, with all its plots',
    schema: { params: MeasurementPath, answer: { content_type: 'text/html; charset=utf-8' } },
    handler: async ({ service, params, reply }) => {
      const page = await service.measurements.file(params.id, 'html');
      reply.header('content-disposition', `attachment; filename="punktfunk-measured-${params.id}.html"`);
      return page;
    },
  }),
  route({
    method: 'DELETE',
    path: '/measurements/:id',
    access: 'operate',
    summary: 'Remove a measurement that is over',
    schema: { params: MeasurementPath, answer: Done },
    handler: async ({ service, params }) => {
      await service.measurements.remove(params.id);
      return {};
    },
  }),
];
