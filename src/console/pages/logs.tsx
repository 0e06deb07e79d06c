// The host's log as it is written: the latest lines, then each as it comes.

import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { components } from '../../api/schema.ts';
import { Button } from '../parts/button.tsx';
import { SearchField, Select } from '../parts/fields.tsx';
import { Badge, EmptyNote } from '../parts/notes.tsx';
import { PageTitle } from '../parts/panel.tsx';
import { words } from '../words.ts';
import { type Level, levels, useLogTail } from './logs/tail.ts';
import './logs/logs.css';

type LogEntry = components['schemas']['LogEntry'];

const say = words.logs;
const typed_ms = 300;

export default function Logs() {
  const [level, setLevel] = useState<Level>('info');
  const [text, setText] = useState('');
  const [paused, setPaused] = useState(false);
  const { lines, waiting, cut, loaded } = useLogTail(level, useSettled(text.trim()), paused);
  return (
    <>
      <PageTitle
        title={words.pages.logs}
        actions={<Button onPress={() => setPaused(!paused)}>{paused ? say.go_on(waiting) : say.pause}</Button>}
      />
      <div className="row log-filter">
        <Select
          label={say.level}
          value={level}
          onChange={setLevel}
          options={levels.map((value) => ({ value, name: say.levels[value] }))}
        />
        <SearchField label={say.text} value={text} onChange={setText} />
      </div>
      {lines.length === 0 && loaded ? (
        <EmptyNote title={say.none}>{say.none_more}</EmptyNote>
      ) : (
        <Lines lines={lines} cut={cut} />
      )}
    </>
  );
}

/** What was typed, once nothing more was for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), typed_ms);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

function Lines({ lines, cut }: { lines: readonly LogEntry[]; cut: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const at_end = useRef(true);
  const newest = lines.at(-1)?.id;
  // Who has scrolled up to read stays there.
  useLayoutEffect(() => {
    if (at_end.current) frame.current?.scrollTo(0, frame.current.scrollHeight);
  }, [newest]);
  const onScroll = () => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = frame.current ?? {};
    at_end.current = scrollHeight - scrollTop - clientHeight < 24;
  };
  return (
    <div
      className="log"
      ref={frame}
      onScroll={onScroll}
      role="log"
      aria-live="off"
      aria-label={words.pages.logs}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
      tabIndex={0}
    >
      {cut && <p className="soft small">{say.cut}</p>}
      <ol>
        {lines.map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </ol>
    </div>
  );
}

const kinds: Readonly<Partial<Record<Level | 'fatal', 'warn' | 'bad'>>> = { warn: 'warn', error: 'bad', fatal: 'bad' };
const time_of_day = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

function Line({ line: { time, level, event, message, details } }: { line: LogEntry }) {
  const more = Object.entries(details);
  return (
    <li className={`log-line ${level}`}>
      <time dateTime={time} title={new Date(time).toLocaleString()}>
        {time_of_day.format(new Date(time))}
      </time>
      <Badge kind={kinds[level] ?? 'plain'}>{level}</Badge>
      {more.length === 0 && !event ? (
        <span>{message}</span>
      ) : (
        <details>
          <summary>{message}</summary>
          <dl>
            {[...(event ? [['event', event] as const] : []), ...more].map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </li>
  );
}
