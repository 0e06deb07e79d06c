// A bar for each of the last pictures, as high as it took from the compositor to the network. What took longer than the stream's own
// interval stands out.

import { useEffect, useRef } from 'react';
import { milliseconds } from '../../format.ts';
import { totalOf } from '../../history.ts';
import type { Frame } from '../../types.ts';
import { words } from '../../words.ts';
import './frame-strip.css';

interface Props {
  /** Oldest first. */
  frames: readonly Frame[];
  /** Of the stream's rate. */
  interval_us: number;
}

const height = 64;
const bar_width = 2;

export function FrameStrip({ frames, interval_us }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) draw(canvas.current, frames, interval_us);
  }, [frames, interval_us]);
  const slow = frames.filter((frame) => totalOf(frame) > interval_us).length;
  return (
    <figure className="plot-figure strip">
      <figcaption>
        <h3>{words.now.strip}</h3>
        <span className="soft small">{words.now.strip_note(frames.length, slow, milliseconds(interval_us))}</span>
      </figcaption>
      <canvas ref={canvas} height={height} role="img" aria-label={words.now.strip} />
    </figure>
  );
}

function draw(canvas: HTMLCanvasElement, frames: readonly Frame[], interval_us: number): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const scale = devicePixelRatio;
  const width = canvas.clientWidth;
  canvas.width = width * scale;
  canvas.height = height * scale;
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const top_us = 2 * interval_us;
  const y = (us: number): number => height * (1 - Math.min(us, top_us) / top_us);
  const shown = frames.slice(-Math.floor(width / bar_width));
  const left = width - shown.length * bar_width;
  for (const [index, frame] of shown.entries()) {
    const total = totalOf(frame);
    context.fillStyle = style.getPropertyValue(total > interval_us ? 'outline-color' : 'color');
    context.fillRect(left + index * bar_width, y(total), bar_width - 0.5, height - y(total));
  }
  context.fillStyle = style.getPropertyValue('border-bottom-color');
  context.fillRect(0, y(interval_us), width, 1);
}
