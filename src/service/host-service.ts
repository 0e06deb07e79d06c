// What can be asked of a running host and done with it, by subject: by the terminal that runs it, the commands and the API, whatever door
// they come through.

import type { runChecks } from '../doctor/checks.ts';
import { Doctor } from '../doctor/examination.ts';
import type { HostEvents, HostListener } from '../events.ts';
import type { Logger } from '../log.ts';
import type { LogRing } from '../log-ring.ts';
import type { ConsoleState } from '../management/schema/access.ts';
import type { HostFacts } from '../management/schema/host.ts';
import type { DisplayChoice, EncoderSummary } from '../management/schema/machine.ts';
import type { Status } from '../management/schema/status.ts';
import type { Measurements } from '../measurements/measurements.ts';
import type { Library } from '../recordings/library.ts';
import type { AuditLog } from '../trust/audit-log.ts';
import type { Credentials } from '../trust/credentials.ts';
import type { Identity } from '../trust/identity.ts';
import { AccessService } from './access.ts';
import { type ApplicationParts, ApplicationsService } from './applications.ts';
import { type ClientParts, ClientsService } from './clients.ts';
import { consoleLink, consoleState } from './console.ts';
import { bundleOf, diagnostics_readme, settingsWithoutSecrets } from './diagnostics.ts';
import { EventsService } from './events.ts';
import { type HostParts, hostFacts } from './host-facts.ts';
import { displaysOf, encodersOf, type MachineParts } from './machine.ts';
import { exposition, type MetricsParts } from './metrics.ts';
import { PairingService } from './pairing.ts';
import { SessionsService } from './sessions.ts';
import { SetUp } from './set-up.ts';
import { SettingsService } from './settings.ts';
import { type StatusParts, statusOf } from './status.ts';
import { UpdateService } from './update.ts';

export interface ServiceParts
  extends StatusParts,
    ApplicationParts,
    ClientParts,
    MachineParts,
    MetricsParts,
    HostParts {
  events: HostEvents;
  log: Logger;
  logs: LogRing;
  recordings: Library;
  measurements: Measurements;
  /** What the doctor does. */
  examine: typeof runChecks;
  identity: Identity;
  credentials: Credentials;
  audit: AuditLog;
}

export class HostService {
  readonly access: AccessService;
  readonly applications: ApplicationsService;
  readonly clients: ClientsService;
  readonly pairing: PairingService;
  readonly sessions: SessionsService;
  readonly settings: SettingsService;
  readonly events: EventsService;
  readonly logs: LogRing;
  readonly recordings: Library;
  readonly measurements: Measurements;
  readonly audit: AuditLog;
  readonly doctor: Doctor;
  readonly updates = new UpdateService();
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    const { clients, credentials, events, log } = parts;
    const { data_dir, first_visit_minutes } = parts.config;
    const set_up = new SetUp({ credentials, first_visit_minutes, isInUse: () => clients.list().length > 0 });
    events.subscribe(({ type, step }) => {
      if (type === 'pairing' && step === 'paired') set_up.endFirstVisit();
    });
    this.access = new AccessService({ credentials, set_up, data_dir, events, log });
    this.applications = new ApplicationsService(parts);
    this.clients = new ClientsService(parts);
    this.pairing = new PairingService(parts.pairing, this.clients);
    this.sessions = new SessionsService(parts.sessions, events);
    this.settings = new SettingsService(parts.live, events);
    this.events = new EventsService(events);
    this.logs = parts.logs;
    this.recordings = parts.recordings;
    this.measurements = parts.measurements;
    this.audit = parts.audit;
    const { config, examine } = parts;
    this.doctor = new Doctor({ config, running: () => this.status(), examine });
  }

  /** By which clients know this host. */
  get unique_id(): string {
    return this.#parts.identity.unique_id;
  }

  status(): Promise<Status> {
    return statusOf(this.#parts);
  }

  host(): HostFacts {
    return hostFacts(this.#parts);
  }

  /** An archive for whoever helps. */
  diagnostics(): Promise<Buffer> {
    const lines = (entries: readonly object[]) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    return bundleOf({
      'README.txt': () => diagnostics_readme,
      'host.json': () => this.host(),
      'status.json': () => this.status(),
      'settings.json': () => settingsWithoutSecrets(this.#parts.config),
      'doctor.json': () => this.doctor.result(),
      'displays.json': () => this.displays(),
      'encoders.json': () => this.encoders(),
      'update.json': () => this.updates.status(),
      'recordings.json': () => this.recordings.list(),
      'events.ndjson': () => lines(this.events.kept),
      'log.ndjson': () => lines(this.logs.latest({}, Number.POSITIVE_INFINITY)),
    });
  }

  metrics(): Promise<string> {
    return exposition(this.#parts);
  }

  displays(): Promise<DisplayChoice[]> {
    return displaysOf(this.#parts.config, this.#parts.sessions);
  }

  encoders(): Promise<EncoderSummary[]> {
    return encodersOf(this.#parts);
  }

  /** Where browsers find the console. */
  console(): ConsoleState {
    return consoleState(this.#parts, this.access);
  }

  /** Throws CONSOLE_OFF. */
  consoleLink(): { url: string; expires_s: number } {
    return consoleLink(this.#parts, this.access);
  }

  /** Hears what happens from now on. Returns what ends it. */
  subscribe(listener: HostListener): () => void {
    return this.#parts.events.subscribe(listener);
  }
}
