// What a stream shows, or the desktop, where somebody asked to see it: a picture a second while it is looked at.

import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { answer, api } from '../../api.ts';
import { Button } from '../../parts/button.tsx';
import { ErrorNote } from '../../parts/notes.tsx';
import { words } from '../../words.ts';
import './preview.css';

const pause_ms = 1000;

interface Props {
  /** Of a stream; without it the desktop's. */
  session_id?: string;
  /** Beside its button. */
  children?: ReactNode;
}

export function Preview({ session_id, children }: Props) {
  const [shown, setShown] = useState(false);
  return (
    <div className="preview">
      <div className="row">
        <Button onPress={() => setShown(!shown)} aria-expanded={shown}>
          {shown ? words.now.hide_preview : words.now.show_preview}
        </Button>
        {children}
      </div>
      {shown && (
        <Picture path={session_id === undefined ? '/api/v1/preview' : `/api/v1/sessions/${session_id}/preview`} />
      )}
    </div>
  );
}

function Picture({ path }: { path: string }) {
  const [number, setNumber] = useState(0);
  const [done, setDone] = useState(false);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!done) return;
    const next = () => {
      if (document.hidden) return;
      setDone(false);
      setNumber((before) => before + 1);
    };
    const timer = setTimeout(next, pause_ms);
    document.addEventListener('visibilitychange', next);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', next);
    };
  }, [done]);
  return (
    <>
      {failed && <Reason path={path} />}
      <img
        className={failed ? 'unseen' : ''}
        src={`${path}?n=${number}`}
        alt={words.now.preview}
        onLoad={() => {
          setFailed(false);
          setDone(true);
        }}
        onError={() => {
          setFailed(true);
          setDone(true);
        }}
      />
    </>
  );
}

/** A picture that could not be had has its reason in the answer, which no `img` tells. */
function Reason({ path }: { path: string }) {
  const { error } = useQuery({
    queryKey: ['preview', path],
    queryFn: () => answer(api.GET(path as '/api/v1/preview', { parseAs: 'blob' })).then(() => null),
    gcTime: 0,
  });
  return <ErrorNote error={error} />;
}
