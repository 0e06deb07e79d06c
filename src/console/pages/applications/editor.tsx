// One application: what it is called, looks like and runs.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Form as AriaForm } from 'react-aria-components';
import { answer, api } from '../../api.ts';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/fields.tsx';
import { ErrorNote, Note } from '../../parts/notes.tsx';
import { PageTitle, Panel } from '../../parts/panel.tsx';
import { words } from '../../words.ts';
import { type Application, applicationOf, type Form, formOf, wrongIn } from './application.ts';
import { ChooseArt } from './box-art.tsx';
import { readCommand } from './command-line.ts';
import { Steps } from './steps.tsx';
import { TryIt } from './try-it.tsx';

const say = words.applications;

interface Props {
  /** None: a new one. */
  application?: Application;
  onClose: () => void;
  onAdded?: (id: number) => void;
}

export function Editor({ application, onClose, onAdded }: Props) {
  const [form, setForm] = useState(() => formOf(application));
  // Of what the form was made of, whatever is read meanwhile.
  const [version, setVersion] = useState(application?.version ?? '');
  const [tried, setTried] = useState(false);
  const change = (part: Partial<Form>) => setForm({ ...form, ...part });
  const keep = useQueryClient();
  const wrong = wrongIn(form);
  const is_wrong = Object.keys(wrong).length > 0;
  const save = useMutation({
    mutationFn: () => {
      const body = applicationOf(form);
      if (!application) return answer(api.POST('/api/v1/applications', { body }));
      const params = { path: { id: application.id } };
      return answer(api.PUT('/api/v1/applications/{id}', { params, body: { ...body, version } }));
    },
    onSuccess: async (saved) => {
      setVersion(saved.version);
      keep.setQueryData(['applications', saved.id], saved);
      await keep.invalidateQueries({ queryKey: ['applications'], exact: true });
      if (!application) onAdded?.(saved.id);
    },
    meta: { done: say.saved, error_in_place: true },
  });
  return (
    <AriaForm
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!is_wrong) save.mutate();
      }}
    >
      <PageTitle
        title={application ? application.title : say.new_one}
        actions={
          <>
            <Button onPress={onClose}>{words.close}</Button>
            <Button kind="primary" type="submit" isPending={save.isPending}>
              {words.save}
            </Button>
          </>
        }
      />
      <ErrorNote error={save.error} />
      {tried && wrong.steps && <Note kind="warn">{wrong.steps}</Note>}
      <div className="editor">
        <Fields form={form} change={change} wrong={tried ? wrong : {}} />
        <div className="stack">
          {application ? <ChooseArt application={application} /> : <p className="soft small">{say.art.later}</p>}
          <TryIt application={applicationOf(form)} isDisabled={is_wrong || form.command.trim() === ''} />
        </div>
      </div>
    </AriaForm>
  );
}

interface FieldsProps {
  form: Form;
  change: (part: Partial<Form>) => void;
  wrong: Partial<Record<keyof Form, string>>;
}

function Fields({ form, change, wrong }: FieldsProps) {
  const { words: parts } = readCommand(form.command);
  return (
    <Panel title={say.what}>
      <TextField
        label={say.title}
        value={form.title}
        onChange={(title) => change({ title })}
        error={wrong.title}
        maxLength={128}
      />
      <TextField
        label={say.command}
        help={parts.length > 1 ? <Words parts={parts} /> : say.command_help}
        value={form.command}
        onChange={(command) => change({ command })}
        error={wrong.command}
        spellCheck="false"
      />
      <TextField
        label={say.working_directory}
        help={say.working_directory_help}
        value={form.working_directory}
        onChange={(working_directory) => change({ working_directory })}
        error={wrong.working_directory}
        spellCheck="false"
      />
      <TextField
        label={say.environment}
        help={say.environment_help}
        lines={3}
        value={form.environment}
        onChange={(environment) => change({ environment })}
        error={wrong.environment}
        spellCheck="false"
      />
      <Steps steps={form.steps} onChange={(steps) => change({ steps })} />
    </Panel>
  );
}

/** As the program gets them. */
function Words({ parts }: { parts: readonly string[] }) {
  return (
    <span className="words">
      {parts.map((part, index) => (
        <code key={index}>{part || say.empty_word}</code>
      ))}
    </span>
  );
}
