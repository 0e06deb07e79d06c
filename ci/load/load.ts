// Load on the API of a host that streams: README.md here. A TAP program: node ci/load/load.ts

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import autocannon from 'autocannon';
import t, { type Test } from 'tap';
import type { TestHost } from '../../harness/e2e/host.ts';
import { openPairedProbe, openPictureHost } from '../../harness/e2e/picture-host.ts';
import type { Probe } from '../../harness/probe/client.ts';
import type { VideoSummary } from '../../harness/probe/summary.ts';
import { startChild } from '../../src/test-children.ts';
import { eventually } from '../../src/test-eventually.ts';

const native = resolve(import.meta.dirname, '../../build/native/lib');
const missing = ['punktfunk_engine.node', 'punktfunk_client.node'].find((name) => !existsSync(join(native, name)));
const skip = missing === undefined ? false : `${missing} is not built (npm run build:native)`;

/** Of the stream under load, and of the one that it is compared with. */
const seconds = Number(process.env.PUNKTFUNK_LOAD_S ?? 10);
const requests_a_second = 1000;
const connections = 20;
const listeners = 100;
const max_p99_ms = 20;
/** The shortest load whose slowest hundredth is judged. */
const judged_s = 60;
/** Of the process that is the host: 45 MB before there were a console and an API, and 15 for both. */
const max_memory_mb = 60;
const interval_ms = 1000 / 60;

/** What the engine is told, so that nothing but the host's own work is between the runs. */
const wanted = { width: 1280, height: 720, fps: 60, bitrate_kbps: 10_000, encryption: 'audio' } as const;

interface StreamFigures {
  frames_lost: number;
  fps: number;
  painted_to_received_ms: VideoSummary['painted_to_received_ms'];
}

interface LoadFigures {
  answered: number;
  refused: number;
  p50_ms: number;
  p99_ms: number;
}

/** A stream, and what `work` does from its second second on, until it has ended. */
async function streamBeside<T>(t: Test, probe: Probe, work: () => Promise<T>): Promise<StreamFigures & T> {
  const stream = await probe.stream(wanted);
  t.teardown(() => stream.stop());
  await eventually('a second of the stream', () => (stream.summary().video?.duration_s ?? 0) >= 1);
  const done = await work();
  const { video } = await stream.stop();
  if (!video) throw new Error('no picture came');
  const { frames_lost, fps, painted_to_received_ms } = video;
  return { frames_lost, fps, painted_to_received_ms, ...done };
}

async function askOften(target: autocannon.Options): Promise<LoadFigures> {
  const load = await autocannon({ connections, overallRate: requests_a_second, duration: seconds, ...target });
  return {
    answered: load['2xx'],
    refused: load.non2xx + load.errors,
    p50_ms: load.latency.p50,
    p99_ms: load.latency.p99,
  };
}

/** As a script asks from another machine: by HTTPS, with a token. */
async function door(host: TestHost): Promise<{ url: string; headers: Record<string, string> }> {
  const { secret } = JSON.parse(
    await host.command('token', 'create', '--name', 'load', '--scope', 'read', '--expires', '1d', '--json'),
  ) as { secret: string };
  return { url: `https://127.0.0.1:${host.base_port + 1}/api/v1`, headers: { authorization: `Bearer ${secret}` } };
}

async function standIn(t: Test, answer_bytes: number): Promise<autocannon.Options> {
  const child = startChild([process.execPath, join(import.meta.dirname, 'stand-in.ts'), `${answer_bytes}`], {
    owner: t,
  });
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: `http://127.0.0.1:${port.toString().trim()}` };
}

/** As a page that shows the picture: asks again a second after each answer. Returns what ends it, with how many pictures came. */
function lookOften(host: TestHost): () => Promise<number> {
  const ended = new AbortController();
  const looked = (async () => {
    let pictures = 0;
    while (!ended.signal.aborted) {
      if ((await host.api('GET', '/preview')).length > 0) pictures++;
      await setTimeout(1000, undefined, { signal: ended.signal }).catch(() => {});
    }
    return pictures;
  })();
  return () => {
    ended.abort();
    return looked;
  };
}

/** A host lets one address have 24 connections. */
const machineOf = (listener: number) => `127.0.0.${2 + Math.floor(listener / 20)}`;

/** Hears events until the test ends; resolves when the host has begun to tell, with how many bytes there were so far. */
async function listen(
  t: Test,
  url: string,
  headers: Record<string, string>,
  localAddress: string,
): Promise<() => number> {
  const request = get(url, { headers, localAddress, agent: false, rejectUnauthorized: false });
  t.teardown(() => request.destroy());
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  if (answer.statusCode !== 200) throw new Error(`a listener is answered with ${answer.statusCode}`);
  let bytes = 0;
  answer.on('data', (part: Buffer) => {
    bytes += part.length;
  });
  answer.on('error', () => {}); // its end is the test's
  request.on('error', () => {});
  return () => bytes;
}

const told = (name: string, of: object): string => `${name}: ${JSON.stringify(of)}`;

t.test('a host at rest takes little more memory than without a console', { skip }, async (t) => {
  // The first one compiles what the second finds compiled.
  await (await openPictureHost(t)).stop();
  const host = await openPictureHost(t);
  const memoryMb = () =>
    Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${host.pid}/status`, 'utf8'))?.[1]) / 1024;
  await eventually(`at most ${max_memory_mb} MB`, () => memoryMb() <= max_memory_mb);
  t.comment(`${memoryMb().toFixed(1)} MB`);
});

/** Of a stream that bore the load, held against one that did not. One that could not stream anyway says nothing. */
function judgeStream(t: Test, loaded: StreamFigures, bare: StreamFigures & LoadFigures): string | false {
  const too_busy =
    (bare.fps < 57 || bare.p99_ms > max_p99_ms) &&
    `beside a server that does nothing this machine streams ${bare.fps} of 60 pictures a second, and 99 of 100 answers come within ${bare.p99_ms} ms`;
  t.equal(loaded.frames_lost, 0, 'no frame is lost');
  t.ok(loaded.fps >= 0.9 * bare.fps, 'as many frames come', { skip: too_busy });
  const late_ms = loaded.painted_to_received_ms.p50 - bare.painted_to_received_ms.p50;
  t.ok(late_ms <= interval_ms, `half of the frames are ${late_ms.toFixed(1)} ms later`, { skip: too_busy });
  return too_busy;
}

t.test(
  `${requests_a_second} requests a second, ${listeners} listeners, and previews, cost a stream nothing`,
  { skip },
  async (t) => {
    const host = await openPictureHost(t);
    const probe = await openPairedProbe(host, 'load');
    const { url, headers } = await door(host);
    const stand_in = await standIn(t, JSON.stringify(await host.status()).length);
    const bare = await streamBeside(t, probe, () => askOften(stand_in));
    t.comment(told('beside a server that does nothing', bare));

    await t.test('requests', async (t) => {
      const loaded = await streamBeside(t, probe, () => askOften({ url: `${url}/status`, headers }));
      t.comment(told('the host', loaded));
      const skip = judgeStream(t, loaded, bare);
      t.equal(loaded.refused, 0, 'each request is answered');
      const sent = Math.min(bare.answered, seconds * requests_a_second);
      t.ok(loaded.answered >= 0.95 * sent, 'as many as were sent', { skip });
      const limit_ms = Math.max(max_p99_ms, 3 * bare.p99_ms);
      // A hundredth of ten seconds is the connections' beginning.
      const short = seconds < judged_s && `of less than ${judged_s} s 99 of 100 say nothing (PUNKTFUNK_LOAD_S)`;
      t.ok(loaded.p99_ms <= limit_ms, `99 of 100 answers within ${loaded.p99_ms} ms`, { skip: skip || short });
    });

    await t.test('a preview a second', async (t) => {
      const loaded = await streamBeside(t, probe, async () => {
        const looking = lookOften(host);
        const asked = await askOften(stand_in); // as beside the bare stream
        return { ...asked, previews: await looking() };
      });
      t.comment(told('with previews', loaded));
      judgeStream(t, loaded, bare);
      t.ok(loaded.previews >= Math.min(2, seconds), `${loaded.previews} previews came`);
    });

    await t.test('listeners', async (t) => {
      const told_bytes = await Promise.all(
        Array.from({ length: listeners }, (_, i) => listen(t, `${url}/events`, headers, machineOf(i))),
      );
      const before = told_bytes.map((bytes) => bytes());
      const loaded = await streamBeside(t, probe, async () => {
        const asked = await askOften(stand_in); // as beside the bare stream
        await eventually('each listener heard of the stream', () =>
          told_bytes.every((bytes, i) => bytes() > (before[i] ?? 0)),
        );
        return asked;
      });
      t.comment(told('with listeners', loaded));
      judgeStream(t, loaded, bare);
    });
  },
);
