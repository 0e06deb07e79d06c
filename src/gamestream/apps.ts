// The list of applications: /applist (docs/gamestream.md, 4.1).

import type { App } from '../config/schema.ts';
import { element, xmlReply } from './xml.ts';

export interface ListedApp extends App {
  /** Stable across restarts as long as the title stays: clients keep shortcuts and box art by it. Non-zero, 31 bits. */
  readonly id: number;
}

/** 32-bit FNV-1a of the title, cut to a positive signed number; the next free number when two titles meet. */
export function listApps(apps: readonly App[]): ListedApp[] {
  const used = new Set<number>();
  return apps.map((app) => {
    let id = fnv1a(app.title) & 0x7fff_ffff;
    while (id === 0 || used.has(id)) id = (id + 1) & 0x7fff_ffff;
    used.add(id);
    return { ...app, id };
  });
}

function fnv1a(text: string): number {
  let hash = 0x811c_9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x0100_0193);
  return hash >>> 0;
}

/** Title before ID in each App: Qt treats a next App before both as fatal, and the order others send is kept (docs/gamestream.md, 4.1). */
export function appList(apps: readonly ListedApp[]): string {
  return xmlReply(
    apps.map((app) =>
      element('App', [element('IsHdrSupported', 0), element('AppTitle', app.title), element('ID', app.id)]),
    ),
  );
}
