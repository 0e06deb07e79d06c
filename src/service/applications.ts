// The applications that clients list, as they can be seen, changed and tried.

import { createHash } from 'node:crypto';
import type { BoxArt } from '../apps/box-art.ts';
import { type App, type ListedApp, listApps, max_apps } from '../config/app.ts';
import type { LiveConfig } from '../config/live.ts';
import { PunktfunkError } from '../errors.ts';
import type { HostEvents } from '../events.ts';
import { drawnBoxArt } from '../gamestream/box-art.ts';
import type {
  Application,
  ApplicationChange,
  ApplicationEdit,
  ApplicationSummary,
  Trial,
} from '../management/schema/applications.ts';
import type { Sessions } from '../session/sessions.ts';

export interface ApplicationParts {
  live: LiveConfig;
  box_art: BoxArt;
  sessions: Sessions;
  events: HostEvents;
}

export class ApplicationsService {
  readonly #parts: ApplicationParts;

  constructor(parts: ApplicationParts) {
    this.#parts = parts;
  }

  /** In the order in which clients list them. */
  list(): ApplicationSummary[] {
    return this.#listed().map((app) => this.#summary(app));
  }

  /** Throws APP_MISSING. */
  find(id: number): Application {
    const app = this.#listed().find((one) => one.id === id);
    if (!app) throw missing(id);
    return { ...app, ...this.#summary(app), version: versionOf(app) };
  }

  add(edit: ApplicationEdit): Application {
    this.#change((apps) => {
      if (apps.length >= max_apps) throw refused(`it has ${max_apps} already`);
      return [...apps, edit];
    });
    const [added] = this.#listed().slice(-1);
    return this.find(added?.id ?? 0);
  }

  /**
   * Takes the place of what has this id, which stays: shortcuts and pictures of clients go on. Throws APP_MISSING; APP_CHANGED where it is
   * not what `version` was read of.
   */
  replace(id: number, { version, ...edit }: ApplicationChange): Application {
    this.#change((apps) => {
      const present = apps.find((app) => app.id === id);
      if (!present) throw missing(id);
      if (versionOf(present) !== version) throw new PunktfunkError('APP_CHANGED', { title: present.title });
      return apps.map((app) => (app.id === id ? { id, ...edit } : app));
    });
    return this.find(id);
  }

  /** What runs of it goes on until it is quit. */
  remove(id: number): ApplicationSummary {
    const was = this.#summary(this.find(id));
    this.#change((apps) => {
      const rest = apps.filter((app) => app.id !== id);
      if (rest.length === apps.length) throw missing(id);
      if (rest.length === 0) throw refused('clients need at least one');
      return rest;
    });
    this.#parts.box_art.remove(id);
    return was;
  }

  /** `ids`: all of them, as they are to be listed. */
  order(ids: readonly number[]): ApplicationSummary[] {
    this.#change((apps) => {
      const ordered = ids.flatMap((id) => apps.find((app) => app.id === id) ?? []);
      if (ids.length !== apps.length || new Set(ordered).size !== apps.length)
        throw refused('an order names each application once; somebody may have changed the list meanwhile');
      return ordered;
    });
    return this.list();
  }

  /** The picture that clients are given. */
  async boxArt(id: number): Promise<Buffer> {
    this.find(id);
    return (await this.#parts.box_art.read(id)) ?? drawnBoxArt(id);
  }

  async keepBoxArt(id: number, png: Buffer): Promise<Application> {
    this.find(id);
    const { box_art } = this.#parts;
    await box_art.keep(id, png);
    try {
      this.#changed();
      return this.find(id);
    } catch (error) {
      box_art.remove(id); // it was removed while its picture was made
      throw error;
    }
  }

  removeBoxArt(id: number): Application {
    this.find(id);
    this.#parts.box_art.remove(id);
    this.#changed();
    return this.find(id);
  }

  /** Runs it on the desktop for some seconds, whether or not it is in the list. */
  tryOut(edit: ApplicationEdit, cancelled: AbortSignal): Promise<Trial> {
    return this.#parts.sessions.tryApp(edit, cancelled);
  }

  #listed(): ListedApp[] {
    return listApps(this.#parts.live.current.apps);
  }

  /** Each with its id in the file from then on: it keeps it when its title changes. */
  #change(edit: (apps: readonly ListedApp[]) => readonly App[]): void {
    this.#parts.live.changeApps((apps) => listApps(edit(listApps(apps))));
    this.#changed();
  }

  #changed(): void {
    this.#parts.events.tell({ type: 'list', step: 'changed', of: 'applications' });
  }

  #summary({ id, title, command }: ListedApp): ApplicationSummary {
    const { box_art, sessions } = this.#parts;
    return {
      id,
      title,
      has_program: command !== undefined,
      has_box_art: box_art.has(id),
      running: sessions.apps().some(({ app }) => app.id === id),
    };
  }
}

/** The same for what is set to the same, in whatever order a file has it. */
const versionOf = (app: ListedApp): string =>
  createHash('sha256').update(JSON.stringify(app, inOrder)).digest('hex').slice(0, 16);

const inOrder = (_: string, value: unknown): unknown =>
  value instanceof Object && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value;

const missing = (id: number) => new PunktfunkError('APP_MISSING', { id });
const refused = (reason: string) => new PunktfunkError('APPS_REFUSED', { reason });
