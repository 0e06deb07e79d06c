// What a plane asks of a session, whichever its protocol, and the start message that comes of it. Pure.

import { isIPv4 } from 'node:net';
import type { Settings } from '../config/schema.ts';
import { type Audio, own_sink, type SoundTarget } from '../contract/audio.ts';
import type { DesktopInput, InputTarget, Pads } from '../contract/input.ts';
import type { Start } from '../contract/messages.ts';
import type { Transport } from '../contract/transport.ts';
import type { Video, VideoTarget } from '../contract/video.ts';
import type { Mode } from '../display/display.ts';
import type { StreamPorts } from '../ports.ts';

/** What is the protocol's own: the session hands it on and reads nothing of it. */
export type TransportPlan = Omit<
  Transport,
  'bind_address' | 'client_address' | 'video_port' | 'audio_port' | 'control_port'
>;

/** A stream as its plane has allowed it. */
export interface StreamPlan {
  /** Of the desktop. */
  mode: Mode;
  video: Omit<Video, 'target' | 'crf' | 'preset'>;
  audio: Omit<Audio, 'target' | 'also_on_host'>;
  transport: TransportPlan;
  /** What the client asked for that nobody makes, and what it gets instead, as part of a sentence; undefined: nothing. */
  bounded?: string | undefined;
}

/** What the session itself brings. */
export interface StreamContext {
  module_dir: string;
  checkpoint_path: string;
  ports: StreamPorts;
  client_address: string;
  /** The address of this machine that the client reached. */
  host_address: string;
  host_audio: boolean;
  target: VideoTarget;
  input: DesktopInput | null;
  /** The client may use keyboard, pointer and gamepads. */
  may_send_input: boolean;
  /** The client, in 8 hexadecimal digits: its gamepads are told from others' by them. */
  seat: string;
  /** null: the desktop has no sink for this client alone. */
  sound: SoundTarget | null;
}

export type PlanSettings = Pick<Settings, 'bind' | 'encoder_crf' | 'encoder_preset' | 'keyboard_layout' | 'gamepad'>;

const min_side = 64;
const max_side = 8192;
const max_fps = 480;
const min_bitrate_kbps = 100;
const max_bitrate_kbps = 2_000_000;

/** Why a picture of this size and rate cannot be streamed, as the end of a sentence; undefined when it can. */
export function absurdMode(width: number, height: number, fps: number): string | undefined {
  if (width < min_side || height < min_side) return `a picture has at least ${min_side} by ${min_side} points`;
  if (width > max_side || height > max_side) return `a picture has at most ${max_side} by ${max_side} points`;
  if (fps < 1 || fps > max_fps) return `the rate must be from 1 to ${max_fps} frames a second`;
  return undefined;
}

/** What is encoded of an asked size: 4:2:0 has one colour for two by two points, so an odd side loses one. */
export const pictureSize = ({ width, height }: { width: number; height: number }) => ({
  width: width - (width % 2),
  height: height - (height % 2),
});

export const boundedBitrate = (kbps: number): number => Math.min(Math.max(kbps, min_bitrate_kbps), max_bitrate_kbps);

/**
 * A machine with several addresses answers from the one that the client reached, or a firewall at the client drops the answer: ENet's
 * socket cannot choose per datagram, so it is bound there. Loopback may be the near end of a tunnel that carries HTTP alone.
 */
function streamAddress(bind: string, reached: string): string {
  return bind === '0.0.0.0' && isIPv4(reached) && !reached.startsWith('127.') ? reached : bind;
}

function inputOf({ input, may_send_input }: StreamContext, { keyboard_layout }: PlanSettings): InputTarget | null {
  if (!may_send_input) return { kind: 'forbidden' };
  return input && { ...input, keyboard_layout };
}

function padsOf({ may_send_input, seat }: StreamContext, { gamepad }: PlanSettings): Pads | null {
  return may_send_input ? { model: gamepad === 'auto' ? 'automatic' : gamepad, seat } : null;
}

export function startMessage(plan: StreamPlan, settings: PlanSettings, context: StreamContext): Start {
  return {
    type: 'start',
    module_dir: context.module_dir,
    checkpoint_path: context.checkpoint_path,
    video: { ...plan.video, target: context.target, crf: settings.encoder_crf, preset: settings.encoder_preset },
    audio: { ...plan.audio, target: context.sound ?? own_sink, also_on_host: context.host_audio },
    input: inputOf(context, settings),
    pads: padsOf(context, settings),
    transport: {
      ...plan.transport,
      bind_address: streamAddress(settings.bind, context.host_address),
      client_address: context.client_address,
      video_port: context.ports.video,
      audio_port: context.ports.audio,
      control_port: context.ports.control,
    },
  };
}
