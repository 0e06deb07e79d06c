// The clients that wait, each with a box for its PIN; how one comes to wait, and what became of it.

import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { listen } from '../live.ts';
import { Copyable } from '../parts/copyable.tsx';
import { ErrorNote, Note } from '../parts/notes.tsx';
import { PageTitle, Panel } from '../parts/panel.tsx';
import { QrCode } from '../parts/qr-code.tsx';
import { statusQuery, waitingQuery } from '../queries.ts';
import { words } from '../words.ts';
import { type Outcome, Waiting } from './pair/waiting.tsx';
import './pair.css';

export default function Pair() {
  const waiting = useQuery({ ...waitingQuery, refetchInterval: 5000 });
  // Kept here: a client whose PIN was wrong waits no more.
  const [outcome, setOutcome] = useState<Outcome>({});
  const gone = useGone();
  return (
    <>
      <PageTitle title={words.pages.pair} />
      <p className="soft">
        {words.pair.how} {words.pair.who_pairs}
      </p>
      {outcome.paired && <Note kind="good">{words.pair.paired(outcome.paired)}</Note>}
      <ErrorNote error={outcome.error} />
      {!outcome.error && gone && (
        <Note kind="warn">
          <strong>{words.pair.gone(gone.address, gone.reason)}</strong> {words.pair.gone_cure}
        </Note>
      )}
      <ErrorNote error={waiting.error} />
      {waiting.data?.map((client) => (
        <Waiting key={client.address} client={client} at_ms={waiting.dataUpdatedAt} onOutcome={setOutcome} />
      ))}
      {waiting.data?.length === 0 && (
        <Panel title={words.pair.nobody}>
          <p className="soft">{words.pair.nobody_why}</p>
        </Panel>
      )}
      <Addresses />
    </>
  );
}

interface Failure {
  address: string;
  reason: string;
}

/** The last client whose waiting was in vain, until it waits again. */
function useGone(): Failure | undefined {
  const [gone, setGone] = useState<Failure>();
  useEffect(
    () =>
      listen('/api/v1/events', (message) => {
        const { type, step, address, reason } = message as { type: string; step?: string } & Failure;
        if (type !== 'pairing') return;
        if (step === 'failed') setGone({ address, reason });
        if (step === 'waiting' || step === 'paired') setGone((last) => (last?.address === address ? undefined : last));
      }),
    [],
  );
  return gone;
}

function Addresses() {
  const { data: status } = useQuery(statusQuery);
  const port = status?.ports.http;
  const addresses = status?.addresses.map((address) => withPort(address, port)) ?? [];
  const [first] = addresses;
  if (first === undefined) return null;
  return (
    <Panel title={words.pair.address}>
      <div className="addresses">
        <div className="stack tight">
          <p className="soft">{words.pair.address_help}</p>
          <ul>
            {addresses.map((address) => (
              <li key={address}>
                <Copyable text={address} />
              </li>
            ))}
          </ul>
        </div>
        <QrCode text={first} label={words.pair.qr(first)} />
      </div>
    </Panel>
  );
}

/** As clients want it typed: the port where it is not theirs by default. */
function withPort(address: string, port: number | undefined): string {
  if (port === undefined || port === 47_989) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
