// Figures over commits, as one page that needs nothing else: what became worse with which commit, then each figure drawn.

import type { Figure, MachineRun } from '../../harness/kit/machine-run.ts';
import type { Comparison } from '../../harness/kit/report.ts';
import { summarize } from '../../harness/kit/statistics.ts';
import { figure as digits, withUnit } from '../../harness/kit/text.ts';
import { axisOf, closeAxisOf } from '../../harness/report/axis.ts';
import { type Axis, chart, escapeMarkup } from '../../harness/report/chart.ts';
import { style } from '../../harness/report/style.ts';
import { caseOf, changeOf } from './baseline.ts';
import { keyOf } from './figures.ts';
import type { MachineTrend, Step, Trends } from './trends.ts';

const own_style = `
.trend path{stroke-width:1.5;opacity:.7}.trend line{stroke-width:1.5}.trend .grid{stroke-width:1}.a line{stroke:var(--a)}.worse circle{r:4.5px}.better circle{r:4.5px}
.worse-word{color:var(--bad)}.better-word{color:var(--good)}li{margin:.3rem 0}li ul{font-size:.95rem}h4{margin:1.2rem 0 .2rem;font-weight:600;font-size:1rem}`;

export function trendsPage({ machines, left_out }: Trends): string {
  const list = machines
    .map(
      ({ name, steps }, i) => `<li><a href="#m${i}">${escapeMarkup(name)}</a>: ${escapeMarkup(verdictOf(steps))}</li>`,
    )
    .join('');
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Figures over commits</title><style>${style}${own_style}</style>`,
    '<main><h1>Figures over commits</h1>',
    '<p>A dot is what a commit was measured as on that machine: the middle of its rounds. The upright line is where that middle lies in 95 of 100 measurements. ' +
      'A large dot, <span class="worse-word">red</span> or <span class="better-word">green</span>, is surely worse or better than at the commit measured before it, and by more than 5 %. ' +
      'What is only counted (dropped, repaired, sent) is drawn and not judged.</p>',
    machines.length > 1 ? `<ul>${list}</ul>` : '',
    left_out.length > 0
      ? `<details><summary>Not on this page: ${left_out.length}</summary><ul>${left_out.map((one) => `<li>${escapeMarkup(one)}</li>`).join('')}</ul></details>`
      : '',
    ...machines.map((machine, i) => machineSection(`m${i}`, machine)),
    '</main></html>',
    '',
  ].join('\n');
}

/** What nobody can tell is drawn like what has not changed. */
const isChange = ({ judged }: Comparison): boolean => judged === 'worse' || judged === 'better';
const short = ({ commit }: MachineRun): string => commit.id.slice(0, 8);
const dayOf = ({ commit }: MachineRun): string => commit.committed.slice(0, 10);
const last = ({ steps }: MachineTrend): Step => steps.at(-1) ?? steps[0];
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

function verdictOf(steps: readonly Step[]): string {
  const { run, comparisons } = steps.at(-1) as Step;
  if (steps.length === 1) return 'one commit is measured: there is nothing to hold against it yet.';
  const worse = comparisons.filter(({ judged }) => judged === 'worse').length;
  return worse === 0
    ? `nothing became worse with the last of ${steps.length} commits, ${short(run)}.`
    : `${count(worse, 'figure')} became worse with the last of ${steps.length} commits, ${short(run)}.`;
}

function machineSection(id: string, trend: MachineTrend): string {
  const { run, comparisons } = last(trend);
  const { machine } = run;
  const cards = machine.graphics.map(({ name, driver }) => `${name} (${driver})`).join(', ') || 'no graphics processor';
  const facts = [
    `${machine.chip}, ${machine.cores} cores`,
    cards,
    `desktop: ${machine.desktop ?? 'none, a headless one of its own'}`,
    machine.distribution,
    `Linux ${machine.kernel}`,
    ...Object.entries(run.versions).map(([name, version]) => `${name} ${version}`),
  ];
  const worse = comparisons.some(({ judged }) => judged === 'worse');
  return [
    `<section id="${id}"><h2>${escapeMarkup(machine.name)}</h2>`,
    `<p class="verdict ${worse ? 'failed' : trend.steps.length > 1 ? 'passed' : ''}">${escapeMarkup(verdictOf(trend.steps).replace(/^./, (first) => first.toUpperCase()))}</p>`,
    `<p>${escapeMarkup(facts.join(' · '))}</p>`,
    inAll(trend),
    changes(trend),
    missing(run),
    ...partSections(trend),
    '</section>',
  ].join('');
}

/** What many commits come to, which none of them shows. */
function inAll({ steps: [first], in_all }: MachineTrend): string {
  if (in_all.length === 0) return '';
  const of = (wanted: string) => in_all.filter(({ judged }) => judged === wanted);
  const [worse, better, unsure] = [of('worse'), of('better'), of('unsure')];
  const told = `Against the first commit, ${short(first.run)} of ${dayOf(first.run)}: ${worse.length} worse, ${better.length} better, ${of('same').length} the same${unsure.length > 0 ? `, ${unsure.length} of which nobody can tell` : ''}.`;
  if (worse.length + better.length === 0) return `<p>${told}</p>`;
  return `<details><summary>${told}</summary><ul>${[...worse, ...better].map(changeLine).join('')}</ul></details>`;
}

const changeLine = (one: Comparison): string =>
  `<li><span class="${one.judged}-word">${one.judged}</span> ${escapeMarkup(changeOf(one))}</li>`;

function changes({ steps }: MachineTrend): string {
  const told = steps.toReversed().flatMap(({ run, comparisons, notes }) => {
    const changed = comparisons.filter(isChange);
    if (changed.length + notes.length === 0) return [];
    const lines = [...changed.map(changeLine), ...notes.map((note) => `<li>${escapeMarkup(note)}</li>`)];
    return [`<li>${short(run)} of ${dayOf(run)}${busy(run)}<ul>${lines.join('')}</ul></li>`];
  });
  return told.length === 0 ? '' : `<h3>What changed, the latest first</h3><ul>${told.join('')}</ul>`;
}

const busy = ({ machine: { load, cores } }: MachineRun): string =>
  load > cores / 2 ? `, on a busy machine (load ${load.toFixed(1)})` : '';

const missing = (run: MachineRun): string =>
  run.missing.length === 0
    ? ''
    : `<details><summary>Not measured on this machine: ${run.missing.length}</summary><ul>${run.missing.map(({ what, why }) => `<li>${escapeMarkup(`${what}: ${why}`)}</li>`).join('')}</ul></details>`;

/** Each part, in it each case, in it each figure: of all commits, those that the last one has not any more too. */
function partSections({ steps }: MachineTrend): string[] {
  const figures = new Map(steps.flatMap(({ run }) => run.figures.map((one) => [keyOf(one), one] as const)));
  const parts = Map.groupBy(figures.values(), ({ part }) => part);
  return [...parts].map(([part, all]) => {
    const cases = [...Map.groupBy(all, caseOf)];
    const drawn = cases.map(([name, own]) => caseSection(steps, name, own, cases.length > few_cases));
    return `<h3>${escapeMarkup(part)}</h3>${drawn.join('')}`;
  });
}

const few_cases = 3;

function caseSection(steps: readonly Step[], name: string, figures: readonly Figure[], closed: boolean): string {
  const judged = figures.filter(({ better }) => better !== undefined);
  const counted = figures.filter(({ better }) => better === undefined);
  const changed = steps
    .filter(({ comparisons }) => comparisons.some((one) => one.case === name && isChange(one)))
    .map(({ run }) => short(run));
  const plots = (all: readonly Figure[]) =>
    `<div class="plots">${all.map((one) => plot(steps, name, one)).join('')}</div>`;
  const body = [
    judged.length > 0 ? plots(judged) : '',
    counted.length > 0
      ? `<details><summary>Counted, and not judged: ${counted.length}</summary>${plots(counted)}</details>`
      : '',
  ].join('');
  const own = figures[0]?.case || (closed ? 'in all' : '');
  const title =
    escapeMarkup(own) +
    (changed.length > 0 ? `${own === '' ? 'changed' : ', changed'} with ${changed.join(', ')}` : '');
  return closed
    ? `<details><summary>${title}</summary>${body}</details>`
    : `${title === '' ? '' : `<h4>${title}</h4>`}${body}`;
}

/** One figure over all commits; where it was not measured the line is broken. */
function plot(steps: readonly Step[], name: string, one: Figure): string {
  const points = steps.map(({ run, comparisons }, x) => {
    const rounds = run.figures.find((figure) => keyOf(figure) === keyOf(one))?.rounds;
    const summary = rounds && summarize(rounds, 1);
    const change = comparisons.find(({ case: of, series }) => of === name && series === one.name);
    return { x, run, change, middle: summary?.p50 ?? null, between: summary?.between?.p50 };
  });
  const told = points.flatMap(({ x, run, change, middle, between }) => {
    if (middle === null) return [];
    const range = between ? ` (${between.map(digits).join(' to ')})` : '';
    const changed = change && isChange(change) ? change : undefined;
    const more = changed ? `, ${(changed.relative * 100).toFixed(1)} % more than before` : '';
    return [
      {
        judged: changed?.judged ?? 'same',
        dot: [x, middle, `${short(run)} of ${dayOf(run)}: ${withUnit(middle, one.unit)}${range}${more}`] as const,
      },
    ];
  });
  const dotsOf = (wanted: string) => told.filter(({ judged }) => judged === wanted).map(({ dot }) => dot);
  const bars = points.flatMap(({ x, between }) => (between ? [[x, ...between] as const] : []));
  const values = [...points.flatMap(({ middle }) => middle ?? []), ...bars.flatMap(([, low, high]) => [low, high])];
  const axis = one.better === 'more' ? closeAxisOf : axisOf;
  return `<figure class="trend">${chart({
    title: one.name,
    x: commitAxis(steps),
    y: axis(one.unit, values),
    series: [
      { name: one.name, class: 'a', line: points.map(({ x, middle }) => [x, middle]), dots: dotsOf('same'), bars },
      { name: 'worse', class: 'worse', line: [], dots: dotsOf('worse') },
      { name: 'better', class: 'better', line: [], dots: dotsOf('better') },
    ],
  })}</figure>`;
}

const shown_commits = 4;

function commitAxis(steps: readonly Step[]): Axis {
  const every = Math.ceil(steps.length / shown_commits);
  const ticks = steps.flatMap(({ run }, x) => (x % every === 0 ? [[x, short(run)] as const] : []));
  return { label: 'commit', scale: 'linear', from: -0.5, to: steps.length - 0.5, ticks };
}
