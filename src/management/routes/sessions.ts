// Who may operate the host may look at its desktop: a picture shows more than figures do, and a token for these does not need it.

import { Type } from 'typebox';
import type { Preview } from '../../session/previews.ts';
import { route } from '../route.ts';
import { Done } from '../schema/common.ts';
import { BitrateRequest, SessionPath, SessionSummary } from '../schema/sessions.ts';

const jpeg = { content_type: 'image/jpeg' };

/** Its bytes, which nobody on the way keeps. */
function shown({ jpeg: bytes, taken_at }: Preview, reply: { header(name: string, value: string): unknown }): Buffer {
  reply.header('cache-control', 'no-store');
  reply.header('last-modified', taken_at.toUTCString());
  return bytes;
}

export const session_routes = [
  route({
    method: 'GET',
    path: '/sessions',
    access: 'read',
    summary: 'The streams, in the order of their launches',
    schema: { answer: Type.Array(SessionSummary) },
    handler: ({ service }) => service.sessions.list(),
  }),
  route({
    method: 'DELETE',
    path: '/sessions/:id',
    access: 'operate',
    summary: 'End a stream; its application goes on, to be resumed',
    schema: { params: SessionPath, answer: Done },
    handler: async ({ service, params }) => {
      await service.sessions.stop(params.id);
      return {};
    },
  }),
  route({
    method: 'POST',
    path: '/sessions/:id/idr',
    access: 'operate',
    summary: "Let the client's next picture be one that needs no other",
    schema: { params: SessionPath, answer: Done },
    handler: ({ service, params }) => {
      service.sessions.requestIdr(params.id);
      return {};
    },
  }),
  route({
    method: 'PUT',
    path: '/sessions/:id/bitrate',
    access: 'operate',
    summary: 'The bit rate of the pictures from now on, until the stream ends',
    schema: { params: SessionPath, body: BitrateRequest, answer: SessionSummary },
    handler: ({ service, params, body }) => service.sessions.setBitrate(params.id, body.bitrate_kbps),
  }),
  route({
    method: 'GET',
    path: '/sessions/:id/preview',
    access: 'operate',
    summary: 'What a stream shows at this moment, small; a new picture each second at most',
    schema: { params: SessionPath, answer: jpeg },
    handler: async ({ service, params, reply }) => shown(await service.sessions.preview(params.id), reply),
  }),
  route({
    method: 'GET',
    path: '/preview',
    access: 'operate',
    summary: 'What the desktop shows at this moment, streamed or not',
    schema: { answer: jpeg },
    handler: async ({ service, reply }) => shown(await service.sessions.preview(), reply),
  }),
];
