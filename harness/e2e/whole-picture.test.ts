// Every picture that a client gets is whole: its rows are those that were painted for the number in its corner. Over the whole way (capture
// from a compositor, encoder, packets, client, decoder); native/test/encode does the same for the encoder alone, with more pictures.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { native_dir } from '../../src/installation.ts';
import { startChild } from '../../src/test-children.ts';
import { eventually } from '../../src/test-eventually.ts';
import { freeBasePort } from '../../src/test-ports.ts';
import { beacon, judge_program } from '../bench/built.ts';
import { judge } from '../bench/judged.ts';
import { quoted } from '../checks/command.ts';
import { Probe } from '../probe/client.ts';
import { TestHost } from './host.ts';

const motions = ['full', 'grain'];
const pictures = 100;
const skip =
  process.getuid?.() === 0
    ? 'Sway refuses root'
    : [beacon, judge_program].filter((path) => !existsSync(path)).map((path) => `${path} is not built`)[0] || false;

const apps = () =>
  motions.map((title) => ({ title, command: ['sh', '-c', `exec ${quoted(beacon)} --motion ${title} > /dev/null`] }));

/** The modules of this build with one encoder of the two. */
function withEncoder(folder: string, encoder: string): string {
  const lib = join(folder, 'lib');
  mkdirSync(lib);
  for (const name of readdirSync(native_dir))
    if (!name.startsWith('punktfunk_encoder_') || name.includes(encoder))
      symlinkSync(join(native_dir, name), join(lib, name));
  return lib;
}

for (const encoder of ['x264', 'openh264']) {
  const missing = !existsSync(join(native_dir, `punktfunk_encoder_${encoder}.so`)) && `${encoder} is not built`;
  t.test(`whole pictures by ${encoder}`, { skip: skip || missing }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'pf-whole-'));
    const host = new TestHost(await freeBasePort(), apps, [], { PUNKTFUNK_NATIVE_DIR: withEncoder(folder, encoder) });
    t.teardown(async () => {
      await host.stop('SIGKILL');
      host.remove();
      rmSync(folder, { recursive: true });
    });
    await host.event('ready');
    const probe = await Probe.open({ host: '127.0.0.1', port: host.base_port, data_dir: join(folder, 'probe') });
    const paired = probe.pair('1234', 120_000);
    await host.event('pairing_waiting');
    await host.command('pair', '1234');
    await paired;
    for (const motion of motions)
      for (const [slices, busy] of [
        [1, false],
        [2, true],
        [4, true],
      ] as const) {
        const what = `${motion}, ${slices} slices${busy ? ', a processor taken away' : ''}`;
        const record = join(folder, 'record');
        const spinner = busy ? startChild([process.execPath, '-e', 'for (;;) {}'], { owner: t }) : undefined;
        const size = { width: 1280, height: 720, fps: 60, bitrate_kbps: 10_000 };
        const stream = await probe.stream({ app: motion, ...size, slices, record });
        await eventually(what, () => (stream.summary().video?.frames ?? 0) >= pictures);
        const { video } = await stream.stop();
        await probe.quit();
        spinner?.kill('SIGKILL');
        t.match(video, { frames_lost: 0, file_error: '' });
        const judged = await judge(record, motion);
        const mixed = judged.filter(({ stale_bands }) => stale_bands > 0).map(({ number }) => number);
        t.same(mixed, [], `${what}: of ${judged.length} pictures none has rows of another`);
        t.ok(judged.length > pictures / 2, `${what}: ${judged.length} were the beacon's`);
      }
    const { sessions } = await host.status();
    t.same(sessions, []);
    t.match(
      host.log.find(({ event }) => event === 'streaming'),
      { encoder: new RegExp(encoder, 'i') },
    );
  });
}
