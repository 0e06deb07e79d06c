import { type ReactNode, useId } from 'react';
import './panel.css';

interface Props {
  title: string;
  /** At the right of the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of a page with a title of its own. */
export function Panel({ title, actions, children }: Props) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <header className="row apart">
        <h2 id={id}>{title}</h2>
        {actions && <div className="row">{actions}</div>}
      </header>
      {children}
    </section>
  );
}

/** A page's title with what is done on it. */
export function PageTitle({ title, actions }: { title: string; actions?: ReactNode }) {
  return (
    <div className="row apart page-title">
      <h1>{title}</h1>
      {actions && <div className="row">{actions}</div>}
    </div>
  );
}

/** Values with their names: an instrument's figures. */
export function Figures({ items }: { items: readonly { name: string; value: ReactNode; note?: string }[] }) {
  return (
    <dl className="figures">
      {items.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
          {note && <dd className="note-line">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}
