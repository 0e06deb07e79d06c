// What a measurement came to: for each part what people ask first, where the time goes, and all figures.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answer, api } from '../../api.ts';
import { amount, dateAndTime, sentence } from '../../format.ts';
import { ErrorNote, Note } from '../../parts/notes.tsx';
import { PageTitle, Panel } from '../../parts/panel.tsx';
import { words } from '../../words.ts';
import { type Case, type Detail, headlineOf, key, type Report, type Series, stagesOf, withUnit } from './facts.ts';
import { PartRows } from './part-rows.tsx';

const say = words.measure;

export function Result({ id }: { id: string }) {
  const { data, error } = useQuery({
    queryKey: [...key, id],
    queryFn: () => answer(api.GET('/api/v1/measurements/{id}', { params: { path: { id } } })),
  });
  return (
    <>
      <PageTitle
        title={data?.started_at ? say.of(dateAndTime(data.started_at)) : words.pages.measure}
        actions={<Link to="/measure">{say.all}</Link>}
      />
      <ErrorNote error={error} />
      {data && <Overview detail={data} />}
      {data?.reports.map((report) => (
        <PartResult key={report.part} report={report} />
      ))}
    </>
  );
}

function Overview({ detail: { id, parts, reason, has_page, size_bytes, reports } }: { detail: Detail }) {
  const machine = reports[0]?.machine;
  return (
    <Panel
      title={say.came}
      actions={
        <>
          {has_page && (
            <a href={`/api/v1/measurements/${id}/page`} download>
              {say.page}
            </a>
          )}
          {size_bytes > 0 && (
            <a href={`/api/v1/measurements/${id}/file`} download>
              {say.file}
            </a>
          )}
        </>
      }
    >
      {reason !== '' && <Note kind="warn">{sentence(reason)}</Note>}
      <PartRows parts={parts} />
      {machine && (
        <p className="soft small">{say.on(machine.chip, machine.cores, machine.distribution, amount(machine.load))}</p>
      )}
    </Panel>
  );
}

function PartResult({ report: { part, notes, cases } }: { report: Report }) {
  return (
    <Panel title={say.parts[part].name}>
      {notes.length > 0 && (
        <ul className="measured-notes soft">
          {notes.map((note) => (
            <li key={note}>{sentence(note)}</li>
          ))}
        </ul>
      )}
      {cases.filter(hasFigures).map((one) => (
        <CaseResult key={one.name} of={one} />
      ))}
    </Panel>
  );
}

/** Curves alone are drawn on the page that the kit makes. */
const hasFigures = ({ series, counts }: Case): boolean => series.length + counts.length > 0;

function CaseResult({ of: { name, series, counts } }: { of: Case }) {
  const first = headlineOf(series);
  return (
    <section className="stack measured-case">
      {name !== '' && <h3>{name}</h3>}
      {first && (
        <p>
          <strong>{say.headline(withUnit(first.p50, first.unit), withUnit(first.p95, first.unit))}</strong>{' '}
          <span className="soft">{first.from ? say.way(first.from, first.to) : first.name}</span>
        </p>
      )}
      <Stages stages={stagesOf(series)} />
      <details>
        <summary>{say.figures}</summary>
        <Figures series={series} counts={counts} />
      </details>
    </section>
  );
}

function Stages({ stages }: { stages: readonly Series[] }) {
  const [slowest] = stages.toSorted((one, other) => other.p50 - one.p50);
  if (!slowest) return null;
  const longest = Math.max(...stages.map(({ p95 }) => p95), 0.001);
  return (
    <>
      <p className="soft small">{say.slowest(`${slowest.from} → ${slowest.to}`)}</p>
      <table className="measured-stages" aria-label={say.stages}>
        <thead>
          <tr>
            <th scope="col">{say.stages}</th>
            <th scope="col">{say.half}</th>
            <th scope="col">{say.most}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {stages.map(({ name, from, to, unit, p50, p95 }) => (
            <tr key={name} className={name === slowest.name ? 'slowest' : ''}>
              <th scope="row">
                {from} → {to}
              </th>
              <td>{withUnit(p50, unit)}</td>
              <td>{withUnit(p95, unit)}</td>
              <td aria-hidden="true">
                <meter max={longest} value={Math.max(p95, 0)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Figures({ series, counts }: Pick<Case, 'series' | 'counts'>) {
  return (
    <div className="measured-figures">
      {series.length > 0 && (
        <table>
          <thead>
            <tr>
              {[say.what, say.half, say.most, say.worst, say.count].map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {series.map(({ name, unit, p50, p95, max, count }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{withUnit(p50, unit)}</td>
                <td>{withUnit(p95, unit)}</td>
                <td>{withUnit(max, unit)}</td>
                <td>{amount(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {counts.length > 0 && (
        <table>
          <tbody>
            {counts.map(({ name, value, unit }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{withUnit(value, unit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
