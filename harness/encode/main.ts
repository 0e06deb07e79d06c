// `punktfunk-harness encode`: what each encoder of this machine makes of a picture, at each size and rate.

import { native_dir } from '../../src/installation.ts';
import { each, motionOf, motions, several, sizeOf, wholeFrom } from '../kit/lists.ts';
import { command } from '../kit/measurement.ts';
import { MeterError, meter, readMeter } from '../kit/meter.ts';
import { amount, type Values, whole } from '../kit/options.ts';
import { type CaseRecord, NotMeasured, type Run } from '../kit/run.ts';
import { percentile } from '../kit/statistics.ts';

const rate = wholeFrom(100, 2_000_000);
const frequency = wholeFrom(1, 1000);

const options = {
  size: several('WxH[,…]', 'of the pictures', '1280x720,1920x1080', 'even sizes as 1280x720', sizeOf),
  fps: several('N[,…]', 'pictures a second that the rate is shared among', '60', 'whole numbers up to 1000', frequency),
  'bitrate-kbps': several('N[,…]', 'asked for', '5000,20000', 'whole numbers from 100 to 2000000', rate),
  content: several('NAME[,…]', `of ${motions.join(', ')}`, 'game,scroll', `some of ${motions.join(', ')}`, motionOf),
  seconds: amount('of pictures in each case', 2, 0.05, 3600),
  slices: whole('of each picture, as many threads', 2, 1, 16),
};

/** What punktfunk-encode-meter writes. */
interface Tried {
  readonly library: string;
  readonly failure?: string;
}
/** FFmpeg's filters, when the kit was built with them. */
interface Filters {
  readonly libavfilter: string;
  readonly vmaf: boolean;
}
interface Named {
  readonly encoder: string;
}
interface Vmaf {
  readonly vmaf: number;
}
interface Encoded {
  readonly encode_ms: number;
  readonly cpu_ms: number;
  readonly bytes: number;
  readonly idr: boolean;
  /** Of luma; absent when no picture came out of the decoder. */
  readonly square_error?: number;
  readonly ssim?: number;
  readonly filter_square_error?: number;
  readonly filter_ssim?: number;
}

type EncodeRun = Run<Values<typeof options>>;

interface EncodeCase {
  readonly library: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly bitrate_kbps: number;
  readonly motion: string;
}

function* casesOf(values: EncodeRun['values'], libraries: readonly string[]): Generator<EncodeCase> {
  for (const motion of each(values.content, motionOf))
    for (const { width, height } of each(values.size, sizeOf))
      for (const fps of each(values.fps, frequency))
        for (const bitrate_kbps of each(values['bitrate-kbps'], rate))
          for (const library of libraries) yield { library, width, height, fps, bitrate_kbps, motion };
}

/** Of samples of 8 bits. No difference at all is infinite, which no report holds: 100 stands for it and everything above. */
export function psnrOf(square_error: number): number {
  return Math.min(100, 10 * Math.log10(255 ** 2 / square_error));
}

/** Notes what is missing. */
async function workingEncoders(run: EncodeRun, program: string): Promise<string[]> {
  const found: string[] = [];
  let filters: Filters | undefined;
  for await (const line of readMeter<Tried | Filters>(program, [native_dir], run)) {
    if ('libavfilter' in line) filters = line;
    else if (line.failure === undefined) found.push(line.library);
    else run.note(`${line.library} is not measured: it does not work here (${line.failure}).`);
  }
  if (found.length === 0 && !run.signal.aborted)
    throw new NotMeasured('No encoder works on this machine: punktfunk doctor says what is missing.');
  if (filters) run.versions.libavfilter = filters.libavfilter;
  else run.note("PSNR and SSIM are the kit's own: it was built without libavfilter (Debian: libavfilter-dev).");
  if (!filters?.vmaf)
    run.note(
      'VMAF is not measured: ' +
        (filters ? 'this libavfilter has no filter libvmaf.' : 'it is a filter of libavfilter.'),
    );
  return found;
}

/** Adds what was measured, also when it ends before its time. */
async function measureCase(run: EncodeRun, program: string, one: EncodeCase): Promise<void> {
  const { library, width, height, fps, bitrate_kbps, motion } = one;
  const { slices, seconds } = run.values;
  const name = `${library} ${width}x${height}@${fps} ${bitrate_kbps} kbit/s ${motion}`;
  const pictures = Math.max(2, Math.round(seconds * fps));
  const words = [native_dir, library, width, height, fps, bitrate_kbps, slices, motion, pictures];
  run.progress(`${name} …`);
  const encoded: Encoded[] = [];
  const vmaf: number[] = [];
  try {
    for await (const line of readMeter<Named | Encoded | Vmaf>(program, words, run)) {
      if ('encoder' in line) run.versions[library] = line.encoder;
      else if ('vmaf' in line) vmaf.push(line.vmaf);
      else encoded.push(line);
    }
  } catch (error) {
    if (!(error instanceof MeterError)) throw error;
    run.fail(`${name}: ${error.message}`);
  }
  const into = run.newCase(name);
  addCase(run, into, one, encoded);
  addLikeness(run, into, encoded, vmaf);
}

function addCase(run: EncodeRun, into: CaseRecord, one: EncodeCase, encoded: readonly Encoded[]): void {
  const of = (field: 'encode_ms' | 'cpu_ms') => encoded.map((each) => each[field]);
  const times = { unit: 'ms', from: 'picture converted', to: 'access unit complete' };
  const encode = into.addSeries({ ...times, name: 'encode', values: of('encode_ms') });
  into.addSeries({ ...times, name: 'CPU', values: of('cpu_ms') });
  run.hold('max-p95-ms', encode?.summary.p95, `${into.name}: encode, p95`);
  run.hold('min-fps', speedOf(of('encode_ms')), `${into.name}: pictures encoded one after the other`);
  if (encoded.length === 0) return;
  const bytes = encoded.map((each) => each.bytes);
  const kbps = (bytes.reduce((sum, more) => sum + more) * 8 * one.fps) / encoded.length / 1000;
  const share = (one.bitrate_kbps * 1000) / 8 / one.fps;
  const largest = bytes.reduce((most, more) => Math.max(most, more));
  into.addCount('pictures', encoded.length);
  into.addCount('rate', kbps, 'kbit/s');
  into.addCount('rate, over what was asked', 100 * (kbps / one.bitrate_kbps - 1), '%');
  into.addCount('largest picture', largest / 1000, 'kB');
  into.addCount('largest picture, of what the rate has for one', largest / share, 'times');
}

/** By so much two ways to compute the same may differ: FFmpeg's constant for means is a 64th of SSIM's, which dark windows notice. */
const tolerance = { psnr_db: 0.001, ssim: 0.0005 } as const;
/** A limit of likeness is held by 95 of 100 pictures, as one of time is. */
const worst_share = 0.05;

/** FFmpeg's figures where there are some, ours else; and how far both are apart. */
function addLikeness(run: EncodeRun, into: CaseRecord, encoded: readonly Encoded[], vmaf: readonly number[]): void {
  const decoded = encoded.filter(({ square_error }) => square_error !== undefined);
  const judged = decoded.map(({ square_error = 0, ssim = 0, filter_square_error, filter_ssim }) => ({
    psnr: psnrOf(filter_square_error ?? square_error),
    ssim: filter_ssim ?? ssim,
    ...(filter_square_error === undefined || filter_ssim === undefined
      ? {}
      : {
          psnr_apart: Math.abs(psnrOf(filter_square_error) - psnrOf(square_error)),
          ssim_apart: Math.abs(filter_ssim - ssim),
        }),
  }));
  const likeness = { from: 'as it was encoded', to: 'as it is decoded', better: 'more' } as const;
  const psnr = judged.map((one) => one.psnr);
  const ssim = judged.map((one) => one.ssim);
  into.addSeries({ ...likeness, name: 'PSNR of luma', unit: 'dB', values: psnr });
  into.addSeries({ ...likeness, name: 'SSIM of luma', unit: '', values: ssim });
  into.addSeries({ ...likeness, name: 'VMAF', unit: '', values: vmaf });
  const worst = (values: readonly number[]) => (values.length === 0 ? undefined : percentile(values, worst_share));
  run.hold('min-psnr-db', worst(psnr), `${into.name}: PSNR of luma that 95 of 100 pictures have`);
  run.hold('min-ssim', worst(ssim), `${into.name}: SSIM of luma that 95 of 100 pictures have`);
  if (encoded.length > 0)
    into.addCount('pictures that did not come out of the decoder', encoded.length - decoded.length);
  if (psnr.length > 0) into.addCount('PSNR of luma, worst picture', Math.min(...psnr), 'dB');
  const apart = judged.filter(({ psnr_apart }) => psnr_apart !== undefined);
  if (run.versions.libavfilter !== undefined && apart.length < judged.length)
    run.note(
      `${into.name}: FFmpeg's filters tell nothing of ${judged.length - apart.length} of ${judged.length} pictures, of which PSNR and SSIM are the kit's own.`,
    );
  if (apart.length === 0) return;
  const psnr_db = Math.max(...apart.map(({ psnr_apart = 0 }) => psnr_apart));
  const most_ssim = Math.max(...apart.map(({ ssim_apart = 0 }) => ssim_apart));
  into.addCount("PSNR: FFmpeg's and ours are apart, at most", psnr_db, 'dB');
  into.addCount("SSIM: FFmpeg's and ours are apart, at most", most_ssim);
  if (psnr_db > tolerance.psnr_db || most_ssim > tolerance.ssim)
    run.fail(
      `${into.name}: FFmpeg's PSNR or SSIM and the kit's own are apart by ${psnr_db.toFixed(3)} dB and ${most_ssim.toFixed(5)}: one of them is wrong.`,
    );
}

const speedOf = (times_ms: readonly number[]): number | undefined =>
  times_ms.length === 0 ? undefined : (1000 * times_ms.length) / times_ms.reduce((sum, ms) => sum + ms);

export const encode = command({
  name: 'encode',
  summary: 'what each encoder makes of a picture: time, bytes, likeness',
  operands: '[options]',
  about: `Each encoder of this machine gets the beacon's pictures one after the other,
without a pause between them. Told: how long a picture takes, the CPU time of
it on all threads, by how much the rate is missed, the largest picture, and how
like the decoded luma is to the luma that was encoded. Every list is tried with
every other.`,
  examples: ['--json --out encode.json', '--size 1920x1080 --fps 60,120 --content grain --max-p95-ms 8'],
  options,
  limits: ['max-p95-ms', 'min-fps', 'min-ssim', 'min-psnr-db'],
  budget_s: 600,
  async measure(run) {
    const program = meter('encode-meter');
    const libraries = await workingEncoders(run, program);
    for (const one of casesOf(run.values, libraries)) {
      if (run.signal.aborted) return;
      await measureCase(run, program, one);
    }
  },
});
