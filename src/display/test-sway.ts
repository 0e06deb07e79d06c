// For tests: a headless Sway as a user has it, in a runtime directory of its own, and a compositor that is not of the wlroots family.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { startChild } from '../test-children.ts';
import { eventually } from '../test-eventually.ts';
import { accepts } from './child.ts';
import type { Mode } from './display.ts';
import { SwayControl } from './drivers/sway-control.ts';
import { SwayOutput } from './drivers/sway-output.ts';

interface Test {
  teardown(run: () => unknown): unknown;
}

export interface TestSway {
  pid: number;
  wayland_display: string;
  /** Its control socket. */
  sway_socket: string;
  end(): Promise<void>;
}

/** `hidden`: its control socket is where no host looks for it, as with compositors that have none. */
export async function startSway(t: Test, runtime_dir: string, { hidden = false, config = '' } = {}): Promise<TestSway> {
  const before = new Set<string>();
  for (const name of sockets(runtime_dir)) if (await accepts(join(runtime_dir, name))) before.add(name); // not what a killed one left
  const config_file = join(runtime_dir, `sway-${before.size}.conf`);
  writeFileSync(config_file, `xwayland disable\noutput HEADLESS-1 mode --custom 1280x720@60Hz\n${config}\n`);
  const hiding_place = join(runtime_dir, 'hidden');
  mkdirSync(hiding_place, { recursive: true });
  const child = startChild(['sway', '--config', config_file], {
    environment: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      XDG_RUNTIME_DIR: runtime_dir,
      WLR_BACKENDS: 'headless',
      WLR_RENDERER: 'pixman',
      WLR_LIBINPUT_NO_DEVICES: '1',
      ...(hidden ? { SWAYSOCK: join(hiding_place, `${before.size}.sock`) } : {}),
    },
    owner: t,
  });
  child.stdout.resume();
  child.stderr.resume();
  const pid = child.pid ?? 0;
  const wayland_display = await eventually('the socket of Sway', async () => {
    const name = sockets(runtime_dir).find((candidate) => !before.has(candidate));
    return name !== undefined && (await accepts(join(runtime_dir, name))) ? name : undefined;
  });
  const sway_socket = await eventually('the control socket of Sway', async () => {
    const path = hidden
      ? join(hiding_place, `${before.size}.sock`)
      : join(runtime_dir, `sway-ipc.${process.getuid?.()}.${pid}.sock`);
    return (await accepts(path)) ? path : undefined;
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid,
    wayland_display,
    sway_socket,
    end: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

const sockets = (directory: string): string[] => readdirSync(directory).filter((name) => /^wayland-\d+$/.test(name));

export async function modeOf(sway_socket: string): Promise<Mode> {
  const control = await SwayControl.open(sway_socket);
  try {
    return await (await SwayOutput.first(control)).mode();
  } finally {
    control.close();
  }
}

/** Says what it offers, answers sync, and takes all other requests without a word. */
export async function startFakeCompositor(t: Test, path: string, offers: readonly string[]): Promise<FakeCompositor> {
  const fake = new FakeCompositor(offers);
  await fake.listen(path);
  t.teardown(() => fake.end());
  return fake;
}

export class FakeCompositor {
  /** Requests as "object.opcode", but for get_registry and sync. */
  readonly requests: string[] = [];
  /** It reads nothing any more, like one that was stopped. */
  hangs = false;
  readonly #offers: readonly string[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(offers: readonly string[]) {
    this.#offers = offers;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      let pending = Buffer.alloc(0);
      socket.on('error', () => {}); // the other side closed first
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('data', (bytes) => {
        pending = Buffer.concat([pending, bytes]);
        while (pending.length >= 8 && pending.length >= pending.readUInt32LE(4) >>> 16) {
          const size = pending.readUInt32LE(4) >>> 16;
          if (!this.hangs) this.#answer(socket, pending.subarray(0, size));
          pending = pending.subarray(size);
        }
      });
    });
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve) => this.#server.listen(path, resolve));
  }

  /** Sends these bytes to everybody. */
  say(bytes: Buffer): void {
    for (const socket of this.#sockets) socket.write(bytes);
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(socket: Socket, request: Buffer): void {
    const object = request.readUInt32LE(0);
    const opcode = request.readUInt32LE(4) & 0xffff;
    if (object === 1 && opcode === 0) socket.write(event(request.readUInt32LE(8), 0, u32(0)));
    else if (object === 1 && opcode === 1)
      this.#offers.forEach((name, index) => {
        socket.write(event(request.readUInt32LE(8), 0, u32(index + 1), string(name), u32(1)));
      });
    else this.requests.push(`${object}.${opcode}`);
  }
}

/** An event on the wire, in this machine's byte order where that is little-endian. */
export function event(object: number, opcode: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(object), u32(((8 + body.length) << 16) | opcode), body]);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

export function string(value: string): Buffer {
  const padded = Buffer.alloc(Math.ceil((value.length + 1) / 4) * 4);
  padded.write(value);
  return Buffer.concat([u32(value.length + 1), padded]);
}
