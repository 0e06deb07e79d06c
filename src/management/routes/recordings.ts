import { Type } from 'typebox';
import { RecordingDetail, RecordingEntry } from '../../recordings/library.ts';
import { route } from '../route.ts';
import { Done } from '../schema/common.ts';

const RecordingPath = Type.Object({ id: Type.String({ maxLength: 64 }) });

export const recording_routes = [
  route({
    method: 'GET',
    path: '/recordings',
    access: 'read',
    summary: 'Streams that were, and are, with their figures; the newest first',
    schema: { answer: Type.Array(RecordingEntry) },
    handler: ({ service }) => service.recordings.list(),
  }),
  route({
    method: 'GET',
    path: '/recordings/:id',
    access: 'read',
    summary: 'A recording, second by second',
    schema: { params: RecordingPath, answer: RecordingDetail },
    handler: ({ service, params }) => service.recordings.read(params.id),
  }),
  route({
    method: 'GET',
    path: '/recordings/:id/file',
    access: 'read',
    summary: 'The file of a recording: lines of JSON, none left out',
    schema: { params: RecordingPath, answer: { content_type: 'application/x-ndjson' } },
    handler: async ({ service, params, reply }) => {
      const file = await service.recordings.file(params.id);
      reply.header('content-disposition', `attachment; filename="punktfunk-${params.id}.ndjson"`);
      return file;
    },
  }),
  route({
    method: 'DELETE',
    path: '/recordings/:id',
    access: 'operate',
    summary: 'Remove a recording',
    schema: { params: RecordingPath, answer: Done },
    handler: async ({ service, params }) => {
      await service.recordings.remove(params.id);
      return {};
    },
  }),
];
