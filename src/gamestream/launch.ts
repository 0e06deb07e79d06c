// The parameters of /launch and /resume (docs/gamestream.md, 4.3): hostile until read here.

import { createHash } from 'node:crypto';
import { PunktfunkError } from '../errors.ts';
import { absurdMode } from '../session/plan.ts';
import { badQuery, hexParameter, integerParameter, type Query } from './query.ts';

export interface LaunchParameters {
  /** Absent in old clients' /resume. */
  app_id: number | undefined;
  /** AES-128 key of everything in this session. */
  key: Buffer;
  /** Unsigned view of the signed rikeyid. */
  rikey_id: number;
  /** The client speaks encrypted RTSP: then it is used. */
  encrypted_rtsp: boolean;
  /** localAudioPlayMode: sound plays on this machine too. undefined: not said, as by old clients on /resume, who mean what /launch said. */
  host_audio: boolean | undefined;
  /** sops: the desktop's mode may follow the client's. undefined: not said. */
  may_change_mode: boolean | undefined;
}

const int32_min = -0x8000_0000;
const int32_max = 0x7fff_ffff;

const stereo = 2;

/**
 * Throws BAD_REQUEST, MODE_REFUSED or STREAM_REFUSED. What ANNOUNCE would be refused for is refused here already where it can be seen: this
 * reply's sentence reaches the client's screen, an RTSP status does not. What counts is still ANNOUNCE.
 */
export function parseLaunch(query: Query, encryption: 'offered' | 'required'): LaunchParameters {
  const mode = query.get('mode');
  if (mode !== undefined) refuseAbsurdMode(mode);
  const encrypted_rtsp = integerParameter(query, 'corever', 0, int32_max, 0) >= 1;
  if (encryption === 'required' && !encrypted_rtsp) {
    throw new PunktfunkError('STREAM_REFUSED', {
      reason: 'this host requires encryption, which this version of the client cannot do',
    });
  }
  // (channel mask << 16) + channels (docs/gamestream.md, 4.3)
  if ((integerParameter(query, 'surroundAudioInfo', 0, int32_max, stereo) & 0xffff) !== stereo) {
    throw new PunktfunkError('STREAM_REFUSED', {
      reason: 'this host sends stereo sound, and the client is set to surround',
    });
  }
  return {
    app_id: query.has('appid') ? integerParameter(query, 'appid', 1, int32_max) : undefined,
    key: hexParameter(query, 'rikey', 16),
    rikey_id: integerParameter(query, 'rikeyid', int32_min, int32_max) >>> 0,
    encrypted_rtsp,
    host_audio: flagParameter(query, 'localAudioPlayMode'),
    may_change_mode: flagParameter(query, 'sops'),
  };
}

const flagParameter = (query: Query, name: string): boolean | undefined =>
  query.has(name) ? integerParameter(query, name, int32_min, int32_max) !== 0 : undefined;

/** Size and rate that count come in ANNOUNCE. Here they are a draft: only what no ANNOUNCE could make good is refused. */
function refuseAbsurdMode(mode: string): void {
  const parts = /^(\d{1,6})x(\d{1,6})x(\d{1,6}(?:\.\d{1,6})?)$/.exec(mode);
  if (!parts) throw badQuery('The parameter mode is not WIDTHxHEIGHTxFPS');
  const [width, height, fps] = parts.slice(1).map(Number) as [number, number, number];
  // 0x0 says nothing yet, and some clients say 0 frames a second when they want more than 60 (docs/gamestream.md, 4.3).
  const unsaid = width === 0 && height === 0;
  const reason = absurdMode(unsaid ? 1280 : width, unsaid ? 720 : height, fps === 0 ? 60 : Math.round(fps));
  if (reason)
    throw new PunktfunkError('MODE_REFUSED', { mode: `${width}x${height} at ${fps} frames a second`, reason });
}

const max_remembered_keys = 4096;

/**
 * The keys of the launches of this run. Nonces of a session begin at the same numbers, so a key serves once (NIST SP 800-38D 8): a client
 * that repeats one, or has none but zeros, is refused. Kept as hashes, the latest few thousand.
 */
export class LaunchKeys {
  readonly #used = new Set<string>();

  /** Throws STREAM_REFUSED. */
  take(key: Buffer): void {
    const hash = createHash('sha256').update(key).digest('base64');
    if (this.#used.has(hash) || key.every((byte) => byte === 0)) {
      throw new PunktfunkError('STREAM_REFUSED', { reason: 'the client sent a key that is not fresh' });
    }
    this.#used.add(hash);
    const [oldest] = this.#used;
    if (oldest !== undefined && this.#used.size > max_remembered_keys) this.#used.delete(oldest);
  }
}
