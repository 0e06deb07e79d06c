// What is shown instead of a page that failed.

import { useEffect, useState } from 'react';
import { checkConnection, onReturn } from '../connection.ts';
import { PartMissing } from '../errors.ts';
import { Button } from '../parts/button.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { PageTitle } from '../parts/panel.tsx';
import { words } from '../words.ts';

export function PageError({ error }: { error: unknown }) {
  return (
    <>
      <PageTitle title={words.errors.page_failed} />
      {error instanceof PartMissing ? <Missing error={error} /> : <ErrorNote error={error} />}
    </>
  );
}

/** The console is loaded anew, with all its parts: once by itself, or when the host is back. */
function Missing({ error }: { error: PartMissing }) {
  const [told, setTold] = useState(false);
  useEffect(() => {
    void checkConnection().then((answers) => {
      if (answers && !loadAnew()) setTold(true);
    });
    return onReturn(() => location.reload());
  }, []);
  if (!told) return <p role="status">{words.loading}</p>;
  return (
    <>
      <ErrorNote error={error} />
      <div className="row">
        <Button onPress={() => location.reload()}>{words.load_again}</Button>
      </div>
    </>
  );
}

const pause_ms = 60_000;
const key = 'loaded-anew-at';

/** False: it was a moment ago, and helped nothing. */
function loadAnew(): boolean {
  if (Date.now() - Number(sessionStorage.getItem(key)) < pause_ms) return false;
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
  return true;
}
