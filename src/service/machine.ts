// What this machine can show and encode, each with the reason why not.

import type { Config } from '../config/load.ts';
import type { DisplayKind } from '../display/display.ts';
import type { Check } from '../doctor/check.ts';
import { checkDesktop } from '../doctor/desktop-check.ts';
import { problemReport } from '../errors.ts';
import type { DisplayChoice, EncoderSummary } from '../management/schema/machine.ts';
import type { KnownCapabilities } from '../session/capabilities.ts';
import type { Sessions } from '../session/sessions.ts';

export interface MachineParts {
  config: Config;
  capabilities: KnownCapabilities;
  sessions: Sessions;
}

const kinds: readonly DisplayKind[] = ['session', 'embedded', 'synthetic'];

export async function displaysOf(
  config: Pick<Config, 'display'>,
  sessions: Pick<Sessions, 'describeDisplay'>,
): Promise<DisplayChoice[]> {
  const open = await sessions.describeDisplay();
  const choices = await Promise.all(
    kinds.map(async (kind) => {
      const is_open = open?.kind === kind;
      const { check } = await checkDesktop(
        { display: is_open ? 'auto' : kind },
        is_open ? told(open) : undefined,
        process.env,
      );
      const { state, detail, cure } = is_open ? check : unopened(kind, check);
      return { kind, open: is_open, state, detail, cure };
    }),
  );
  const would_open = (kind: DisplayKind): boolean =>
    config.display === kind || (config.display === 'auto' && kind === nextOf(choices));
  return choices.map((choice) => ({ ...choice, chosen: open ? choice.open : would_open(choice.kind) }));
}

type Open = NonNullable<Awaited<ReturnType<Sessions['describeDisplay']>>>;

const told = ({ description, kind, trouble }: Open) => ({
  display: description,
  display_kind: kind,
  display_trouble: trouble ?? null,
});

/** The doctor speaks of a test picture that the settings ask for. */
const unopened = (kind: DisplayKind, check: Check): Check =>
  kind === 'synthetic' ? { ...check, detail: 'needs nothing of this machine' } : check;

/** As openDisplay chooses: the session that is there, else our own. */
const nextOf = (choices: readonly { kind: DisplayKind; state: string }[]): DisplayKind =>
  choices.some(({ kind, state }) => kind === 'session' && state !== 'missing') ? 'session' : 'embedded';

export async function encodersOf({ capabilities }: Pick<MachineParts, 'capabilities'>): Promise<EncoderSummary[]> {
  const { encoders } = await capabilities();
  return encoders.map(({ name, codec, bit_depths, chromas, max_side_px, failure }) => {
    const { message: reason, cure } = failure ? problemReport(failure) : { message: '', cure: '' };
    return { name, codec, bit_depths, chromas, max_side_px, works: failure === null, reason, cure };
  });
}
