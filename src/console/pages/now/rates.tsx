// What goes over the network each second.

import { useMemo } from 'react';
import { amount, bitRate, percent } from '../../format.ts';
import { kept_seconds } from '../../history.ts';
import { Legend, type Line, Plot } from '../../parts/plot.tsx';
import type { Statistics } from '../../types.ts';
import { words } from '../../words.ts';

type Reports = readonly Statistics[];

interface Subject {
  title: string;
  label: string;
  format: (value: number) => string;
  lines: (reports: Reports) => Line[];
}

const in_milliseconds = (ms: number): string => `${amount(ms)} ms`;

/** Counted from the engine's start: what came since the report before. */
const grown = (reports: Reports, count: (report: Statistics) => number): (number | null)[] =>
  reports.map((report, index) => {
    const before = reports[index - 1];
    return before === undefined ? null : Math.max(0, count(report) - count(before)) / report.interval_s;
  });

const subjects: readonly Subject[] = [
  {
    title: words.now.bit_rate,
    label: words.now.bit_rate_plot,
    format: bitRate,
    lines: (reports) => [
      {
        name: words.now.sent,
        colour: '--accent',
        values: reports.map(({ bytes_sent, interval_s }) => (bytes_sent * 8) / 1000 / interval_s),
      },
      {
        name: words.now.target,
        colour: '--ink-soft',
        dashed: true,
        values: reports.map(({ bitrate_kbps }) => bitrate_kbps),
      },
    ],
  },
  {
    title: words.now.rate,
    label: words.now.frames_plot,
    format: amount,
    lines: (reports) => [
      {
        name: words.now.sent,
        colour: '--accent',
        values: reports.map((report) => (report.frames_sent - report.frames_repeated) / report.interval_s),
      },
      {
        name: words.now.passed_over,
        colour: '--bad',
        values: reports.map(({ frames_dropped, interval_s }) => frames_dropped / interval_s),
      },
    ],
  },
  {
    title: words.now.loss,
    label: words.now.loss_plot,
    format: amount,
    lines: (reports) => [
      { name: words.now.lost, colour: '--bad', values: grown(reports, ({ control }) => control.frames_lost) },
      {
        name: words.now.repaired,
        colour: '--accent',
        values: grown(reports, ({ control }) => control.frames_repaired),
      },
      {
        name: words.now.packets_missing,
        colour: '--ink-soft',
        values: grown(reports, ({ control }) => control.packets_missing),
      },
    ],
  },
  {
    title: words.now.parity,
    label: words.now.parity_plot,
    format: percent,
    lines: (reports) => [
      {
        name: words.now.of_packets,
        colour: '--accent',
        values: reports.map((report) => report.parity_datagrams / Math.max(1, report.datagrams_sent)),
      },
    ],
  },
  {
    title: words.now.round_trip,
    label: words.now.round_trip_plot,
    format: in_milliseconds,
    lines: (reports) => [
      { name: words.now.now, colour: '--accent', values: reports.map(({ control }) => control.round_trip_ms) },
    ],
  },
];

export function Rates({ reports }: { reports: Reports }) {
  const plots = useMemo(() => subjects.map((subject) => ({ ...subject, drawn: subject.lines(reports) })), [reports]);
  return plots.map(({ title, label, format, drawn }) => (
    <figure className="plot-figure" key={title}>
      <figcaption>
        <h3>{title}</h3>
        <Legend lines={drawn} format={format} />
      </figcaption>
      <Plot label={label} lines={drawn} format={format} places={kept_seconds} height={110} />
    </figure>
  ));
}
