// The recorded exchanges beside this file, typed as the tests use them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RecordedIdentity {
  certPem: string;
  keyPem: string;
  signatureHex: string;
  derSha256: string;
}

export interface RecordedPairing {
  id: string;
  identity: string;
  outcome: string;
  steps: Record<string, string> & { serverHashMatchesAtClient: boolean; clientHashMatchesAtHost: boolean };
  requests: { transport: string; target: string; responseBody: string }[];
}

export interface RecordedSession {
  id: string;
  rikeyHex: string;
  rikeyid: number;
  launchTarget: string;
  encrypted: boolean;
  announceAttributes: Record<string, string>;
  messages: {
    request: string;
    reply: string;
    requestSegments: number[];
    requestWireHex?: string;
    requestSequence?: number;
    replyWireHex?: string;
    replySequence?: number;
  }[];
}

const read = (name: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'));

export const pairing_recording = read('pairing.json') as {
  identities: Record<'host' | 'probe' | 'embedded', RecordedIdentity>;
  pairings: RecordedPairing[];
  launches: { id: string; target: string; responseBody: string }[];
};

export const rtsp_recording = read('rtsp.json') as { sessions: RecordedSession[] };
