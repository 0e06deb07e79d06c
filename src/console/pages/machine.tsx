// What this machine can show and encode, each with the reason why not.

import { useQuery } from '@tanstack/react-query';
import type { components } from '../../api/schema.ts';
import { answer, api } from '../api.ts';
import { amount, sentence } from '../format.ts';
import { Badge, EmptyNote, ErrorNote } from '../parts/notes.tsx';
import { PageTitle, Panel } from '../parts/panel.tsx';
import { words } from '../words.ts';
import './machine.css';

type DisplayChoice = components['schemas']['DisplayChoice'];
type EncoderSummary = components['schemas']['EncoderSummary'];

const say = words.machine;

export default function Machine() {
  const displays = useQuery({ queryKey: ['displays'], queryFn: () => answer(api.GET('/api/v1/displays')) });
  const encoders = useQuery({ queryKey: ['encoders'], queryFn: () => answer(api.GET('/api/v1/encoders')) });
  return (
    <>
      <PageTitle title={words.pages.machine} />
      <ErrorNote error={displays.error ?? encoders.error} />
      <Panel title={say.displays}>
        <ul className="abilities">
          {displays.data?.map((choice) => (
            <Display key={choice.kind} choice={choice} />
          ))}
        </ul>
      </Panel>
      <Panel title={say.encoders}>
        {encoders.data?.length === 0 && <EmptyNote title={say.no_encoder}>{say.no_encoder_why}</EmptyNote>}
        <ul className="abilities">
          {encoders.data?.map((encoder) => (
            <Encoder key={`${encoder.name} ${encoder.codec}`} encoder={encoder} />
          ))}
        </ul>
      </Panel>
    </>
  );
}

const kinds = { ok: 'good', note: 'warn', missing: 'bad' } as const;

function Display({ choice: { kind, open, chosen, state, detail, cure } }: { choice: DisplayChoice }) {
  const used = open ? say.open : say.next;
  return (
    <li>
      <Badge kind={kinds[state]}>{say.states[state]}</Badge>
      <div>
        <p>
          <strong>{say.kinds[kind]}</strong>
          {chosen && <span className="soft"> · {used}</span>}
        </p>
        <p>{sentence(detail)}</p>
        {cure && <p className="soft">{words.doctor.cure(cure)}</p>}
      </div>
    </li>
  );
}

function Encoder({ encoder }: { encoder: EncoderSummary }) {
  const { name, codec, bit_depths, chromas, max_side_px, works, reason, cure } = encoder;
  return (
    <li>
      <Badge kind={works ? 'good' : 'bad'}>{works ? say.states.ok : say.states.missing}</Badge>
      <div>
        <p>
          <strong>{name}</strong> <span className="soft">· {words.codecs[codec]}</span>
        </p>
        <p>{works ? say.encodes(bit_depths.join(', '), chromas.join(', '), amount(max_side_px)) : sentence(reason)}</p>
        {cure && <p className="soft">{words.doctor.cure(cure)}</p>}
      </div>
    </li>
  );
}
