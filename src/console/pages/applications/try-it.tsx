// Runs what is in the form, as a launch would, for some seconds: what the program says first, and how it ends.

import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import type { components } from '../../../api/schema.ts';
import { answer, api } from '../../api.ts';
import { milliseconds } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { ErrorNote, Note } from '../../parts/notes.tsx';
import { Panel } from '../../parts/panel.tsx';
import { words } from '../../words.ts';
import type { ApplicationEdit } from './application.ts';

const say = words.applications.trial;

export function TryIt({ application, isDisabled }: { application: ApplicationEdit; isDisabled: boolean }) {
  const given_up = useRef<AbortController>(undefined);
  const run = useMutation({
    mutationFn: () => {
      given_up.current = new AbortController();
      return answer(api.POST('/api/v1/applications/try', { body: application, signal: given_up.current.signal }));
    },
    meta: { error_in_place: true },
  });
  return (
    <Panel
      title={say.title}
      actions={
        run.isPending ? (
          <Button onPress={() => given_up.current?.abort()}>{words.cancel}</Button>
        ) : (
          <Button isDisabled={isDisabled} onPress={() => run.mutate()}>
            {say.start}
          </Button>
        )
      }
    >
      <p className="soft small">{say.about}</p>
      <div role="status">{run.isPending && <progress aria-label={say.running} />}</div>
      <ErrorNote error={given_up.current?.signal.aborted ? undefined : run.error} />
      {run.data && <Outcome {...run.data} />}
    </Panel>
  );
}

function Outcome({ output, output_cut, how, failed, ran_ms }: components['schemas']['Trial']) {
  return (
    <>
      <Note kind={failed ? 'warn' : 'good'}>{say.outcome(how, milliseconds(ran_ms * 1000))}</Note>
      {output === '' ? (
        <p className="soft">{say.silent}</p>
      ) : (
        <pre
          className="output"
          role="log"
          aria-label={say.output}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
          tabIndex={0}
        >
          {output}
        </pre>
      )}
      {output_cut && <p className="soft small">{say.more}</p>}
    </>
  );
}
