import { sentence } from '../../format.ts';
import { Badge } from '../../parts/notes.tsx';
import { words } from '../../words.ts';
import type { Part } from './facts.ts';

const say = words.measure;

const kinds = {
  waiting: 'plain',
  running: 'good',
  passed: 'good',
  failed: 'bad',
  cut_short: 'warn',
  not_measured: 'warn',
  left_out: 'plain',
} as const;

/** How far each part is, or what came of it. */
export function PartRows({ parts }: { parts: readonly Part[] }) {
  return (
    <ul className="measured-parts">
      {parts.map(({ name, state, detail }) => (
        <li key={name}>
          <strong>{say.parts[name].name}</strong>
          <Badge kind={kinds[state]}>{say.states[state]}</Badge>
          <span className="soft">{detail && sentence(detail)}</span>
        </li>
      ))}
    </ul>
  );
}
