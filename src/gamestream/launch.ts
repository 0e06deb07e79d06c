// The parameters of /launch and /resume (GameStream note 4.3): hostile until read here.

import { PunktfunkError } from '../errors.ts';
import { absurdMode } from '../session/plan.ts';
import { BadQuery, hexParameter, integerParameter, type Query } from './query.ts';

export interface LaunchParameters {
  /** Absent in old clients' /resume. */
  app_id: number | undefined;
  /** AES-128 key of everything in this session. */
  key: Buffer;
  /** Unsigned view of the signed rikeyid. */
  rikey_id: number;
  /** The client speaks encrypted RTSP: then it is used. */
  encrypted_rtsp: boolean;
}

const int32_min = -0x8000_0000;
const int32_max = 0x7fff_ffff;

/** Throws BadQuery or PunktfunkError MODE_REFUSED. The mode is only looked at here: the one that counts comes with ANNOUNCE. */
export function parseLaunch(query: Query): LaunchParameters {
  const mode = query.get('mode');
  if (mode !== undefined) refuseAbsurdMode(mode);
  return {
    app_id: query.has('appid') ? integerParameter(query, 'appid', 1, int32_max) : undefined,
    key: hexParameter(query, 'rikey', 16),
    rikey_id: integerParameter(query, 'rikeyid', int32_min, int32_max) >>> 0,
    encrypted_rtsp: integerParameter(query, 'corever', 0, int32_max, 0) >= 1,
  };
}

function refuseAbsurdMode(mode: string): void {
  const parts = /^(\d{1,6})x(\d{1,6})x(\d{1,6})$/.exec(mode);
  if (!parts) throw new BadQuery('The parameter mode is not WIDTHxHEIGHTxFPS.');
  const [width, height, fps] = parts.slice(1).map(Number) as [number, number, number];
  // Some clients say 0 frames a second here when they want more than 60 (GameStream note 4.3).
  const reason = absurdMode(width, height, fps === 0 ? 60 : fps);
  if (reason)
    throw new PunktfunkError('MODE_REFUSED', { mode: `${width}x${height} at ${fps} frames a second`, reason });
}
