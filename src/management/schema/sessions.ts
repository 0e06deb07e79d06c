import { type Static, Type } from 'typebox';
import { Statistics } from '../../contract/statistics.ts';
import { bitrate_kbps } from '../../contract/video.ts';
import { NamedSession, Pictures, StreamedVideo, StreamProblem } from '../../events.ts';
import { Nullable } from './common.ts';

/** A stream, from its launch to its end. */
export const SessionSummary = Type.Object({
  id: Type.String(),
  phase: Type.String(),
  app: NamedSession.properties.app,
  client: NamedSession.properties.client,
  ports: Type.Object({ video: Type.Integer(), control: Type.Integer(), audio: Type.Integer() }),
  started_at: Type.String(),
  video: Nullable(Type.Object({ ...StreamedVideo.properties, encrypted: Type.Boolean() })),
  engine: Type.Object({ pid: Type.Integer(), restarts: Type.Integer() }),
  /** What is not as it should be and did not end the stream: one a kind. */
  problems: Type.Array(StreamProblem),
  /** Of the newest report (src/session/pictures.ts). */
  pictures: Nullable(Pictures),
  stats: Nullable(Type.Omit(Statistics, ['frames'], { title: 'Figures' })),
});
export type SessionSummary = Static<typeof SessionSummary>;

/** Which stream. */
export const SessionPath = Type.Object({ id: Type.String({ maxLength: 64 }) });

export const BitrateRequest = Type.Object({ bitrate_kbps }, { title: 'BitrateRequest', additionalProperties: false });
