// The probe as a library: one host, one identity. `main.ts` is its command line; end-to-end tests use it directly.
//
//   const probe = await Probe.open({ host: '127.0.0.1', port: 47989, data_dir });
//   await probe.pair('1234');
//   const stream = await probe.stream({ width: 1280, height: 720, fps: 60 });
//   stream.sendInput({ kind: 'text', text: 'hello' });
//   const summary = await stream.stop();

import { randomBytes, randomInt } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { Client } from 'undici';
import { harness_command } from '../../src/installation.ts';
import { ProbeError } from './errors.ts';
import type { EncryptionWish, StreamPlan } from './handshake.ts';
import { CertificateMismatch, HostHttp, type Query } from './http.ts';
import { type ClientIdentity, ProbeStore } from './identity.ts';
import type { LossConfig } from './native.ts';
import { pair } from './pairing.ts';
import { type HostApp, type HostReply, readAppList, readServerInfo, type ServerInfo } from './reply.ts';
import { channel_masks, type VideoCodec } from './sdp.ts';
import { StreamHandle } from './stream.ts';
import type { LaunchedSession } from './summary.ts';

export const default_http_port = 47989;
const launch_timeout_ms = 120_000;

export interface ProbeOptions {
  readonly host: string;
  readonly port?: number;
  readonly data_dir: string;
}

export interface StreamOptions {
  // Title or id; without it "Desktop", or else the first that the host lists.
  readonly app?: string | number;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly bitrate_kbps?: number;
  // UDP payload of a video datagram less 16, before encryption takes its 32.
  readonly packet_size?: number;
  readonly codec?: VideoCodec;
  readonly encryption?: EncryptionWish;
  // False leaves out corever, as old clients do: the host then answers in plain RTSP.
  readonly encrypted_rtsp?: boolean;
  readonly channels?: 2 | 6 | 8;
  readonly packet_duration_ms?: 5 | 10;
  readonly slices?: number;
  readonly max_reference_frames?: number;
  readonly csc_mode?: number;
  readonly loss?: Partial<LossConfig>;
  readonly dump?: string;
  // A file of what came and when (native/client/record.h); with it nothing is decoded.
  readonly record?: string;
  readonly snapshot?: string;
  // Which decoded picture, from 1.
  readonly snapshot_picture?: number;
}

const defaults = {
  width: 1280,
  height: 720,
  fps: 60,
  bitrate_kbps: 10_000,
  packet_size: 1392,
  codec: 'h264',
  encryption: 'audio',
  channels: 2,
  packet_duration_ms: 5,
  slices: 1,
  max_reference_frames: 1,
  csc_mode: 2, // Rec.709, limited range
} as const;

export class Probe {
  readonly host: string;
  readonly address: string;
  private readonly http: HostHttp;
  private readonly store: ProbeStore;

  private constructor(host: string, address: string, port: number, store: ProbeStore) {
    this.host = host;
    this.address = address;
    this.http = new HostHttp(address, port);
    this.store = store;
  }

  static async open(options: ProbeOptions): Promise<Probe> {
    const store = new ProbeStore(options.data_dir);
    const address = await resolve(options.host);
    return new Probe(options.host, address, options.port ?? default_http_port, store);
  }

  get identity(): ClientIdentity {
    return this.store.identity;
  }

  // As this client is entitled to see it: over HTTPS when paired, else over HTTP.
  async serverInfo(): Promise<ServerInfo> {
    const open = readServerInfo(await this.http.get('/serverinfo', {}));
    const known = this.store.host(open.unique_id);
    if (!known) return open;
    try {
      const reply = await this.secure(open.https_port, known.cert_pem, '/serverinfo', {});
      // 401: the host has forgotten us; stock clients fall back too (docs/gamestream.md, 2.4).
      return reply.status_code === 401 ? open : readServerInfo(reply);
    } catch (error) {
      if (error instanceof CertificateMismatch) return open;
      throw error;
    }
  }

  // Pairs with the PIN that must be typed at the host; waits until it has been, or wait_ms have passed.
  async pair(pin: string, wait_ms?: number): Promise<ServerInfo> {
    const info = await this.serverInfo();
    const cert_pem = await pair(this.http, info.https_port, this.store.identity, pin, wait_ms);
    this.store.remember(info.unique_id, { name: info.hostname, cert_pem });
    return this.serverInfo();
  }

  async apps(): Promise<HostApp[]> {
    return readAppList(await this.pairedGet('/applist', {}));
  }

  // Starts the app, or resumes it when it is the one that runs already.
  async launch(options: StreamOptions = {}): Promise<LaunchedSession> {
    const wish = { ...defaults, ...options };
    const info = await this.pairedInfo();
    const app = chooseApp(await this.apps(), options.app);
    const key = randomBytes(16);
    const rikey_id = randomInt(-0x8000_0000, 0x8000_0000);
    const query: Query = {
      appid: app.id,
      mode: `${wish.width}x${wish.height}x${wish.fps}`,
      additionalStates: 1,
      sops: 1,
      rikey: key.toString('hex'),
      rikeyid: rikey_id,
      localAudioPlayMode: 0,
      surroundAudioInfo: (channel_masks[wish.channels] ?? 3) * 65536 + wish.channels,
      remoteControllersBitmap: 0,
      gcmap: 0,
      ...((options.encrypted_rtsp ?? true) ? { corever: 1 } : {}),
    };
    const resumed = info.current_app === app.id;
    const path = resumed ? '/resume' : '/launch';
    const reply = (await this.pairedGet(path, query, launch_timeout_ms)).requireOk(path);
    const session_url = reply.text('sessionUrl0');
    if (!session_url || reply.text(resumed ? 'resume' : 'gamesession') === '0') {
      throw new ProbeError('refused', `the host did not start ${app.title}`);
    }
    return { session_url, key, rikey_id, app: app.title, resumed };
  }

  // Launches and connects. Resolves once RTSP is done; events and summary come from the handle.
  async stream(options: StreamOptions = {}): Promise<StreamHandle> {
    return this.connect(await this.launch(options), options);
  }

  connect(session: LaunchedSession, options: StreamOptions = {}): Promise<StreamHandle> {
    const wish = { ...defaults, ...options };
    const plan: StreamPlan = {
      address: this.address,
      width: wish.width,
      height: wish.height,
      fps: wish.fps,
      refresh_rate_x100: wish.fps * 100,
      bitrate_kbps: wish.bitrate_kbps,
      packet_size: wish.packet_size,
      codec: wish.codec,
      encryption: wish.encryption,
      fec_status: false,
      slices: wish.slices,
      max_reference_frames: wish.max_reference_frames,
      channels: wish.channels,
      packet_duration_ms: wish.packet_duration_ms,
      csc_mode: wish.csc_mode,
    };
    const loss = { percent: 0, burst: 1, seed: 1, ...options.loss };
    const files = {
      dump: options.dump ?? '',
      record: options.record ?? '',
      snapshot: options.snapshot ?? '',
      snapshot_picture: options.snapshot_picture ?? 1,
    };
    return StreamHandle.open(session, plan, loss, files);
  }

  // Ends the running app, and with it every stream of it.
  async quit(): Promise<void> {
    const reply = (await this.pairedGet('/cancel', {}, launch_timeout_ms)).requireOk('/cancel');
    if (reply.text('cancel') === '0') throw new ProbeError('refused', 'the host did not end the app');
  }

  // A request that only paired clients may make.
  async pairedGet(path: string, query: Query, timeout_ms?: number): Promise<HostReply> {
    const { open, cert_pem } = await this.pinnedHost();
    const reply = await this.secure(open.https_port, cert_pem, path, query, timeout_ms);
    if (reply.status_code === 401) throw this.notPaired(open);
    return reply;
  }

  // To another HTTPS port of the host, which shows the certificate that we paired with.
  async clientOf(port: number): Promise<Client> {
    const { cert_pem } = await this.pinnedHost();
    return this.http.secureClient(port, { identity: this.store.identity, host_cert_pem: cert_pem });
  }

  private async pinnedHost(): Promise<{ open: ServerInfo; cert_pem: string }> {
    const open = readServerInfo(await this.http.get('/serverinfo', {}));
    const known = this.store.host(open.unique_id);
    if (!known) throw this.notPaired(open);
    return { open, cert_pem: known.cert_pem };
  }

  private async pairedInfo(): Promise<ServerInfo> {
    return readServerInfo(await this.pairedGet('/serverinfo', {}));
  }

  private secure(
    port: number,
    host_cert_pem: string,
    path: string,
    query: Query,
    timeout_ms?: number,
  ): Promise<HostReply> {
    const credentials = { identity: this.store.identity, host_cert_pem };
    return this.http.getSecure(port, credentials, path, query, timeout_ms);
  }

  private notPaired(info: ServerInfo): ProbeError {
    return new ProbeError(
      'not_paired',
      `not paired with ${info.hostname}; run: ${harness_command} probe pair ${this.host}:${this.http.port}`,
    );
  }
}

function chooseApp(apps: readonly HostApp[], wanted: string | number | undefined): HostApp {
  const found =
    wanted === undefined
      ? (apps.find((app) => app.title === 'Desktop') ?? apps[0])
      : apps.find((app) => app.title === wanted || String(app.id) === String(wanted));
  if (found) return found;
  const titles = apps.map((app) => app.title).join(', ') || 'nothing';
  throw new ProbeError('refused', `the host has no app "${wanted ?? ''}"; it lists: ${titles}`);
}

// Media and control go over IPv4: stock ENet knows nothing else.
async function resolve(host: string): Promise<string> {
  if (isIPv6(host)) throw new ProbeError('usage', `${host} is an IPv6 address; the probe needs the host's IPv4 one`);
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch (error) {
    throw new ProbeError('unreachable', `${host} cannot be resolved to an IPv4 address`, { cause: error });
  }
}
