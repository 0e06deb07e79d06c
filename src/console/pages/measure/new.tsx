// What shall be measured, and what fails it.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api.ts';
import { duration } from '../../format.ts';
import { Button } from '../../parts/button.tsx';
import { Switch, TextField } from '../../parts/fields.tsx';
import { ErrorNote } from '../../parts/notes.tsx';
import { Panel } from '../../parts/panel.tsx';
import { words } from '../../words.ts';
import { key, type Part } from './facts.ts';

const say = words.measure;
type Name = Part['name'];
const limit_names = ['max_p95_ms', 'min_fps', 'max_loss_percent'] as const;
type Limits = Readonly<Record<(typeof limit_names)[number], string>>;

export function NewMeasurement({ parts }: { parts: readonly { name: Name; about_s: number }[] }) {
  const [left_out, setLeftOut] = useState<readonly Name[]>([]);
  const [limits, setLimits] = useState<Limits>({ max_p95_ms: '', min_fps: '', max_loss_percent: '' });
  const keep = useQueryClient();
  const chosen = parts.filter(({ name }) => !left_out.includes(name));
  const start = useMutation({
    mutationFn: () => {
      const given = limit_names.filter((name) => limits[name].trim() !== '');
      const body = {
        parts: chosen.map(({ name }) => name),
        limits: Object.fromEntries(given.map((name) => [name, Number(limits[name])])),
      };
      return answer(api.POST('/api/v1/measurements', { body }));
    },
    onSuccess: () => keep.invalidateQueries({ queryKey: key }),
    meta: { error_in_place: true },
  });
  const wrong = limit_names.some((name) => isWrong(limits[name]));
  const total_s = chosen.reduce((sum, { about_s }) => sum + about_s, 0);
  return (
    <Panel
      title={say.new}
      actions={
        <Button
          kind="primary"
          isDisabled={chosen.length === 0 || wrong}
          isPending={start.isPending}
          onPress={() => start.mutate()}
        >
          {say.start}
        </Button>
      }
    >
      <ErrorNote error={start.error} />
      <p className="soft">
        {say.about} {chosen.length > 0 && say.takes(duration(total_s))}
      </p>
      <div className="measured-choice">
        {parts.map(({ name }) => (
          <Switch
            key={name}
            label={say.parts[name].name}
            help={say.parts[name].about}
            isSelected={!left_out.includes(name)}
            onChange={(on) => setLeftOut(on ? left_out.filter((one) => one !== name) : [...left_out, name])}
          />
        ))}
      </div>
      {!left_out.includes('latency') && (
        <details className="measured-limits">
          <summary>{say.limits}</summary>
          <p className="soft small">{say.limits_more}</p>
          <div className="measured-choice">
            {limit_names.map((name) => (
              <TextField
                key={name}
                label={say.limit[name]}
                inputMode="decimal"
                width_ch={8}
                value={limits[name]}
                onChange={(text) => setLimits({ ...limits, [name]: text })}
                error={isWrong(limits[name]) ? say.limit_wrong : undefined}
              />
            ))}
          </div>
        </details>
      )}
    </Panel>
  );
}

const isWrong = (text: string): boolean => text.trim() !== '' && !(Number(text) >= 0);
