// What a plane asks of a session, for tests.

import type { Audio } from '../contract/audio.ts';
import { buildStart } from '../contract/builder.ts';
import type { StreamPlan } from './plan.ts';

const { video, audio, transport } = buildStart({ video: { width: 1280, height: 720, fps: 60 }, audio: {} });

export const plan: StreamPlan = {
  mode: { width: 1280, height: 720, refresh_mhz: 60_000 },
  video,
  audio: audio as Audio,
  transport,
};
