// How the host goes about it: every setting that there is, as the host itself describes it.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import { answer, api } from '../api.ts';
import { sentence } from '../format.ts';
import { Button } from '../parts/button.tsx';
import { Select, Switch, TextField } from '../parts/fields.tsx';
import { Badge, ErrorNote } from '../parts/notes.tsx';
import { PageTitle } from '../parts/panel.tsx';
import { words } from '../words.ts';
import { type Drafts, type Setting, shown, type Value, valuesOf } from './settings/drafts.ts';
import './settings/settings.css';

const say = words.settings;
const key = ['settings'] as const;

export default function Settings() {
  const { data, error } = useQuery({ queryKey: key, queryFn: () => answer(api.GET('/api/v1/settings')) });
  const [drafts, setDrafts] = useState<Drafts>({});
  const keep = useQueryClient();
  const save = useMutation({
    mutationFn: (body: Record<string, Value | null>) => answer(api.PATCH('/api/v1/settings', { body })),
    onSuccess: (settings) => {
      keep.setQueryData(key, settings);
      setDrafts({});
    },
    meta: { done: say.saved, error_in_place: true },
  });
  const { changes, wrong } = valuesOf(data ?? [], drafts);
  const count = Object.keys(changes).length;
  return (
    <Form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (count > 0 && Object.keys(wrong).length === 0) save.mutate(changes);
      }}
    >
      <PageTitle
        title={words.pages.settings}
        actions={
          <>
            {Object.keys(drafts).length > 0 && <Button onPress={() => setDrafts({})}>{say.discard}</Button>}
            <Button
              kind="primary"
              type="submit"
              isPending={save.isPending}
              isDisabled={count === 0 || Object.keys(wrong).length > 0}
            >
              {say.save(count)}
            </Button>
          </>
        }
      />
      <ErrorNote error={error ?? save.error} />
      <ul className="settings">
        {data?.map((setting) => (
          <Row
            key={setting.name}
            setting={setting}
            text={drafts[setting.name] ?? shown(setting.configured)}
            wrong={wrong[setting.name]}
            onChange={(text) => setDrafts({ ...drafts, [setting.name]: text })}
          />
        ))}
      </ul>
    </Form>
  );
}

interface RowProps {
  setting: Setting;
  text: string;
  wrong: string | undefined;
  onChange: (text: string) => void;
}

function Row({ setting, text, wrong, onChange }: RowProps) {
  const { value, configured, default: standard, effect, place, fixed } = setting;
  const waits = shown(value) !== shown(configured);
  return (
    <li>
      <Control setting={setting} text={text} wrong={wrong} onChange={onChange} />
      <div className="stack about">
        <span className="soft">{say.effects[effect]}</span>
        {fixed ? (
          <Badge kind="plain">{say.fixed[place]}</Badge>
        ) : (
          text !== shown(standard) && (
            <Button kind="quiet" onPress={() => onChange(shown(standard))}>
              {say.default_is(shown(standard) || say.nothing)}
            </Button>
          )
        )}
        {waits && <Badge kind="warn">{say.in_force(shown(value) || say.nothing)}</Badge>}
      </div>
    </li>
  );
}

function Control({ setting, text, wrong, onChange }: RowProps) {
  const { name, help, takes, type, choices = [], fixed: isDisabled } = setting;
  const label = say.names[name as keyof typeof say.names] ?? name;
  if (type === 'boolean')
    return (
      <Switch
        label={label}
        help={sentence(help)}
        isSelected={text === 'true'}
        onChange={(on) => onChange(String(on))}
        isDisabled={isDisabled}
      />
    );
  if (type === 'choice') {
    const options = choices.map((choice) => ({ value: choice, name: choice }));
    return (
      <Select
        label={label}
        help={sentence(help)}
        value={text}
        onChange={onChange}
        options={options}
        isDisabled={isDisabled}
      />
    );
  }
  return (
    <TextField
      label={label}
      help={wrong ? sentence(help) : `${sentence(help)} ${say.takes(takes)}`}
      value={text}
      onChange={onChange}
      isDisabled={isDisabled}
      error={wrong}
      inputMode={type === 'integer' ? 'numeric' : 'text'}
      width_ch={type === 'integer' ? 8 : 16}
      spellCheck="false"
    />
  );
}
