// Every route of the API: one list, whichever door it is asked through.

import type { Route } from './route.ts';
import { access_routes } from './routes/access.ts';
import { application_routes } from './routes/applications.ts';
import { audit_routes } from './routes/audit.ts';
import { client_routes } from './routes/clients.ts';
import { diagnostics_routes } from './routes/diagnostics.ts';
import { doctor_routes } from './routes/doctor.ts';
import { event_routes } from './routes/events.ts';
import { host_routes } from './routes/host.ts';
import { log_routes } from './routes/logs.ts';
import { machine_routes } from './routes/machine.ts';
import { measurement_routes } from './routes/measurements.ts';
import { metric_routes } from './routes/metrics.ts';
import { pairing_routes } from './routes/pairing.ts';
import { recording_routes } from './routes/recordings.ts';
import { session_routes } from './routes/sessions.ts';
import { setting_routes } from './routes/settings.ts';
import { status_routes } from './routes/status.ts';

export const routes: readonly Route[] = [
  ...host_routes,
  ...status_routes,
  ...machine_routes,
  ...client_routes,
  ...pairing_routes,
  ...session_routes,
  ...application_routes,
  ...setting_routes,
  ...event_routes,
  ...log_routes,
  ...recording_routes,
  ...measurement_routes,
  ...doctor_routes,
  ...diagnostics_routes,
  ...metric_routes,
  ...access_routes,
  ...audit_routes,
];
