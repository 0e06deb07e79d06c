// The pages in the order of the menu. A page is a line here and its component, loaded when it is first opened.

import { part } from '../part.ts';
import { words } from '../words.ts';

export const pages = [
  { path: '/', name: words.pages.now, load: part(() => import('../pages/now.tsx')) },
  { path: '/pair', name: words.pages.pair, load: part(() => import('../pages/pair.tsx')) },
  { path: '/clients', name: words.pages.clients, load: part(() => import('../pages/clients.tsx')) },
  { path: '/applications', name: words.pages.applications, load: part(() => import('../pages/applications.tsx')) },
  { path: '/settings', name: words.pages.settings, load: part(() => import('../pages/settings.tsx')) },
  { path: '/machine', name: words.pages.machine, load: part(() => import('../pages/machine.tsx')) },
  { path: '/doctor', name: words.pages.doctor, load: part(() => import('../pages/doctor.tsx')) },
  { path: '/history', name: words.pages.history, load: part(() => import('../pages/history.tsx')) },
  { path: '/measure', name: words.pages.measure, load: part(() => import('../pages/measure.tsx')) },
  { path: '/logs', name: words.pages.logs, load: part(() => import('../pages/logs.tsx')) },
  { path: '/account', name: words.pages.account, load: part(() => import('../pages/account.tsx')) },
] as const;
