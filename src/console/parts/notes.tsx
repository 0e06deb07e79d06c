import type { ReactNode } from 'react';
import { explain } from '../errors.ts';
import { Sentence } from './sentence.tsx';
import './notes.css';

/** What went wrong and what to do; nothing without an error. */
export function ErrorNote({ error }: { error: unknown }) {
  if (!error) return null;
  const { sentence, cure } = explain(error);
  return (
    <div className="note bad" role="alert">
      <strong>
        <Sentence text={sentence} />
      </strong>{' '}
      <Sentence text={cure} />
    </div>
  );
}

/** A sentence that stands out. */
export function Note({ kind, children }: { kind: 'good' | 'warn' | 'plain'; children: ReactNode }) {
  return (
    <div className={`note ${kind}`} role="status">
      {children}
    </div>
  );
}

/** There is nothing here yet: why, and how there comes to be. */
export function EmptyNote({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children && <p className="soft">{children}</p>}
    </div>
  );
}

/** A state as a word with a dot; the word alone says it, too. */
export function Badge({ kind, children }: { kind: 'good' | 'warn' | 'bad' | 'plain'; children: ReactNode }) {
  return <span className={`badge ${kind}`}>{children}</span>;
}
