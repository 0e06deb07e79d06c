// Names for what the API answers.

import type { components, paths } from '../api/schema.ts';

type Answer<P extends keyof paths> = paths[P] extends {
  get: { responses: { 200: { content: { 'application/json': infer T } } } };
}
  ? T
  : never;

export type Client = components['schemas']['ClientSummary'];
export type Session = Answer<'/api/v1/sessions'>[number];
/** Of one second of a stream. */
export type Statistics = components['schemas']['Statistics'];
export type Frame = components['schemas']['FrameTimes'];
export type Status = Answer<'/api/v1/status'>;
export type SignInState = components['schemas']['SignInState'];
export type WaitingClient = components['schemas']['WaitingClient'];
