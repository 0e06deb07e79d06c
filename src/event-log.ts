// The sentences of the log for what happens on a host.

import { PunktfunkError } from './errors.ts';
import type {
  AppEvent,
  DisplayEvent,
  HostEvent,
  HostEvents,
  MeasurementEvent,
  PairingEvent,
  ProblemEvent,
  SessionEvent,
} from './events.ts';
import type { Logger } from './log.ts';

/** A line that anybody on the network can cause: the caller bounds how many there are. */
type Say = (
  level: 'debug' | 'info' | 'warn',
  fields: { event: string; [name: string]: unknown },
  sentence: string,
) => void;

export interface EventLogOptions {
  log: Logger;
  say: Say;
  /** The command that gives a PIN. */
  pair_command: string;
  /** A person is asked for the PIN at this moment, and need not be told what to type. */
  isAsked?: (() => boolean) | undefined;
}

/** Writes what `events` tell. Subscribed last: who asks a person for a PIN has heard it by then. */
export function logEvents(events: HostEvents, options: EventLogOptions): void {
  const { log } = options;
  events.subscribe((event: HostEvent) => {
    switch (event.type) {
      case 'pairing':
        return logPairing(event, options);
      case 'session':
        return logSession(event, log);
      case 'problem':
        return logProblem(event, log);
      case 'display':
        return logDisplay(event, log);
      case 'app':
        return logApp(event, log);
      case 'list':
        return; // who changed what is in the audit log
      case 'measurement':
        return logMeasurement(event, log);
    }
  });
}

function logPairing(event: PairingEvent, { log, say, pair_command, isAsked }: EventLogOptions): void {
  switch (event.step) {
    case 'waiting':
      say(
        isAsked?.() ? 'debug' : 'info',
        { event: 'pairing_waiting', address: event.address },
        `${event.address}: asks to pair. Run: ${pair_command}`,
      );
      break;
    case 'paired': {
      const { address, client } = event;
      log.info({ event: 'paired', address, client: client.name }, `${client.name}: paired from ${address}`);
      break;
    }
    case 'failed': {
      const { address, reason } = event;
      say('warn', { event: 'pairing_failed', address, reason }, `${address}: pairing failed, ${reason}`);
      break;
    }
    case 'changed':
      log.info({ event: 'client_changed', client: event.client.name }, `${event.client.name}: was changed`);
      break;
    case 'unpaired':
      log.info({ event: 'unpaired', client: event.client.name }, `${event.client.name}: no longer paired`);
      break;
  }
}

function logSession(event: SessionEvent, log: Logger): void {
  const { client, app, id } = event.session;
  const fields = { client: client.name, session: id };
  switch (event.step) {
    case 'launched':
      log.debug({ event: 'launched', ...fields }, `${client.name}: launched ${app.title} from ${client.address}`);
      break;
    case 'connected':
      log.info({ event: 'client_connected', ...fields }, `${client.name}: connected from ${client.address}`);
      break;
    case 'streaming': {
      const { width, height, fps, codec, encoder, bitrate_kbps } = event.video;
      log.info(
        { event: 'streaming', ...fields, width, height, encoder, bitrate_kbps },
        `${client.name}: streaming ${app.title} at ${width}x${height}, ${fps} frames/s, ${codec} (${encoder}), ` +
          `${(bitrate_kbps / 1000).toFixed(1)} Mbit/s`,
      );
      break;
    }
    case 'ended':
      log.info(
        { event: 'stream_ended', ...fields, reason: event.reason },
        `${client.name}: stream ended, ${event.reason}`,
      );
      break;
  }
}

function logProblem({ step, session, code, parameters, detail, fatal }: ProblemEvent, log: Logger): void {
  if (code === 'engine_died')
    log.error({ event: code, ...parameters, session: session.id }, detail); // each of them
  else if (step === 'over') log.info({ event: code, session: session.id }, detail);
  else {
    const level = step === 'repeated' ? 'debug' : fatal ? 'error' : 'warn';
    log[level]({ event: 'engine_problem', code, session: session.id }, detail);
  }
}

function logDisplay(event: DisplayEvent, log: Logger): void {
  const { step, description } = event;
  if (step === 'gone')
    log.error({ event: 'display_gone' }, new PunktfunkError('DISPLAY_GONE', { reason: event.reason }).advice);
  else if (step === 'left')
    log.info({ event: 'display_left' }, `${description}: another desktop is there and is streamed now`);
  else if (step === 'opened') log.debug({ event: 'display_opened' }, `${description}: is streamed`);
  else
    log.debug(
      { event: `output_${step}`, session: event.session.id },
      `${description}: ${event.output} is ${step === 'leased' ? 'given to' : 'given back by'} ${event.session.client.name}`,
    );
}

function logApp({ step, title, how }: AppEvent, log: Logger): void {
  if (step === 'detached')
    log.info(
      { event: 'app_detached', title },
      `${title} returned at once: it counts as running until it is quit, since what it started cannot be watched`,
    );
  else if (step === 'failed') log.warn({ event: 'app_ended', title, how }, `${title} failed: ${how}`);
  else log.info({ event: 'app_ended', title, how }, `${title} ended`);
}

function logMeasurement(event: MeasurementEvent, log: Logger): void {
  const { id, step } = event;
  if (step === 'progress') log.debug({ event: 'measuring', id, part: event.part }, `${event.part}: ${event.detail}`);
  else if (step === 'began') log.info({ event: 'measurement_began', id }, 'This machine is measured');
  else log.info({ event: 'measurement_ended', id }, `The measurement ended. ${event.reason}`.trimEnd());
}
