// Lines over time, newest at the right. The figures beside it say the same to whoever cannot see it.

import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { clock } from '../format.ts';
import { words } from '../words.ts';
import 'uplot/dist/uPlot.min.css';
import './plot.css';

/** Words of style/tokens.css. */
type Colour = '--accent' | '--ink-soft' | '--good' | '--warn' | '--bad';

export interface Line {
  name: string;
  colour: Colour;
  dashed?: boolean;
  /** Oldest first; null: nothing was known then. */
  values: readonly (number | null)[];
}

interface Props {
  label: string;
  lines: readonly Line[];
  format: (value: number) => string;
  /** How many values have room, one a second, the newest at the right. */
  places?: number;
  /** Of something that is over: when each value was, and how far both axes go. */
  recorded?: Recorded;
  height?: number;
}

export interface Recorded {
  at_s: readonly number[];
  end_s: number;
  top: number;
}

export function Plot({ label, lines, format, places = 60, recorded, height = 120 }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const shape = lines.map(({ name, colour, dashed }) => `${name} ${colour} ${dashed}`).join();

  // The colours are drawn, so they are not changed by a style.
  const [look, setLook] = useState(0);
  useEffect(() => {
    const change = () => setLook((looks) => looks + 1);
    const theme = new MutationObserver(change);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', change);
    return () => {
      theme.disconnect();
      dark.removeEventListener('change', change);
    };
  }, []);

  // What is drawn anew; values alone come by the effect below.
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    plot.current = new uPlot(
      optionsOf(element, lines, format, axesOf(places, recorded), height),
      dataOf(lines, places, recorded),
      element,
    );
    const size = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    size.observe(element);
    return () => {
      size.disconnect();
      plot.current?.destroy();
    };
  }, [look, shape, places, recorded?.end_s, recorded?.top, height, format]);

  useEffect(() => plot.current?.setData(dataOf(lines, places, recorded)), [lines, places, recorded]);

  return <div ref={place} className="plot" role="img" aria-label={label} />;
}

/** The lines by name, with what they are now. */
export function Legend({ lines, format }: Pick<Props, 'lines' | 'format'>) {
  return (
    <ul className="legend">
      {lines.map(({ name, colour, dashed, values }) => {
        const newest = values.at(-1);
        return (
          <li key={name}>
            <span className={`mark colour${colour} ${dashed ? 'dashed' : ''}`} aria-hidden="true" />
            <span className="soft">{name}</span>
            <strong>{typeof newest === 'number' ? format(newest) : words.none}</strong>
          </li>
        );
      })}
    </ul>
  );
}

/** The newest is at 0, a second is one; all is kept to the right while there is less than the places. */
function dataOf(lines: readonly Line[], places: number, recorded: Recorded | undefined): uPlot.AlignedData {
  if (recorded) return [[...recorded.at_s], ...lines.map(({ values }) => [...values])];
  const xs = Array.from({ length: places }, (_, index) => index - places + 1);
  const padded = lines.map(({ values }) => {
    const newest = values.slice(-places);
    return [...Array.from({ length: places - newest.length }, () => null), ...newest];
  });
  return [xs, ...padded];
}

interface Axes {
  x: [number, number];
  /** Of the values; undefined: as far as they go. */
  top: number | undefined;
  seconds: (s: number) => string;
  /** Room for half of the last second's name. */
  right: number;
}

const axesOf = (places: number, recorded: Recorded | undefined): Axes =>
  recorded
    ? { x: [0, recorded.end_s], top: recorded.top, seconds: (s) => (s ? clock(s) : ''), right: 24 }
    : { x: [1 - places, 0], top: undefined, seconds: (s) => (s ? `${s} s` : ''), right: 0 };

function optionsOf(
  element: HTMLElement,
  lines: readonly Line[],
  format: (value: number) => string,
  { x, top, seconds, right }: Axes,
  height: number,
): uPlot.Options {
  const colour = (name: string) => resolved(element, name);
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: colour('--ink-soft'), font, ticks: { show: false } };
  const grid = { stroke: colour('--line'), width: 1 };
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [6, right, 0, 0],
    scales: {
      x: { time: false, range: x },
      y: { range: (_, _low, high) => [0, (top ?? high ?? 0) * 1.15 || 1] },
    },
    axes: [
      {
        ...axis,
        size: 18,
        gap: 2,
        space: 60,
        incrs: [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600],
        grid: { show: false },
        values: (_, at) => at.map(seconds),
      },
      { ...axis, size: 58, gap: 4, space: 32, grid, values: (_, at) => at.map(format) },
    ],
    series: [
      {},
      ...lines.map(({ colour: name, dashed }) => ({
        stroke: colour(name),
        width: 1.5,
        points: { show: false },
        spanGaps: false,
        ...(dashed ? { dash: [4, 4] } : {}),
      })),
    ],
  };
}

/** A canvas knows no words of style sheets. */
function resolved(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
