// The list of applications: /applist (docs/gamestream.md, 4.1).

import type { ListedApp } from '../config/app.ts';
import { element, xmlReply } from './xml.ts';

/** Title before ID in each App: Qt treats a next App before both as fatal, and the order others send is kept (docs/gamestream.md, 4.1). */
export function appList(apps: readonly ListedApp[]): string {
  return xmlReply(
    apps.map((app) =>
      element('App', [element('IsHdrSupported', 0), element('AppTitle', app.title), element('ID', app.id)]),
    ),
  );
}
