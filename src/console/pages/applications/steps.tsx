// What is done before the program starts, and undone when it is over.

import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/fields.tsx';
import { words } from '../../words.ts';
import type { Step } from './application.ts';

const say = words.applications.steps;
const most_steps = 16;

export function Steps({ steps, onChange }: { steps: readonly Step[]; onChange: (steps: readonly Step[]) => void }) {
  const change = (at: number, part: Partial<Step>) =>
    onChange(steps.map((step, i) => (i === at ? { ...step, ...part } : step)));
  const add = () => onChange([...steps, { key: Math.max(-1, ...steps.map(({ key }) => key)) + 1, do: '', undo: '' }]);
  return (
    <fieldset className="steps">
      <legend>{say.title}</legend>
      <p className="soft small">{say.about}</p>
      {steps.map((step, index) => (
        <div key={step.key} className="step">
          <TextField
            label={say.do(index + 1)}
            value={step.do}
            onChange={(text) => change(index, { do: text })}
            spellCheck="false"
          />
          <TextField
            label={say.undo(index + 1)}
            value={step.undo}
            onChange={(text) => change(index, { undo: text })}
            spellCheck="false"
          />
          <Button kind="quiet" aria-label={say.remove(index + 1)} onPress={() => onChange(steps.toSpliced(index, 1))}>
            <span aria-hidden="true">×</span>
          </Button>
        </div>
      ))}
      <Button isDisabled={steps.length >= most_steps} onPress={add}>
        {say.add}
      </Button>
    </fieldset>
  );
}
