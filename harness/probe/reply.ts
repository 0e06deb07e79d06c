// A host's XML answer: <root status_code="…">, and the elements inside it (docs/gamestream.md, 2).

import { ProbeError } from './errors.ts';
import { parseXml, type XmlElement } from './xml.ts';

const nonsense = (what: string): ProbeError => new ProbeError('refused', `the host's answer makes no sense: ${what}`);

export class HostReply {
  readonly status_code: number;
  readonly status_message: string;
  readonly root: XmlElement;

  constructor(body: string) {
    try {
      this.root = parseXml(body);
    } catch (error) {
      throw nonsense(error instanceof Error ? error.message : String(error));
    }
    if (this.root.name !== 'root') throw nonsense(`<${this.root.name}> stands in place of <root>`);
    const code = this.root.attributes.get('status_code') ?? '';
    if (!/^-?\d+$/.test(code)) throw nonsense(`it has no status_code, or not a number: "${code}"`);
    // 0xFFFFFFFF is how some hosts write -1.
    this.status_code = Number(code) | 0;
    this.status_message = this.root.attributes.get('status_message') ?? '';
  }

  get ok(): boolean {
    return this.status_code === 200;
  }

  // The text of the element with this name, undefined when there is none. Twice is an error: one of the stock clients
  // joins repeated elements, so that a host that repeats one is wrong.
  text(name: string): string | undefined {
    const found = this.root.children.filter((child) => child.name === name);
    if (found.length > 1) throw nonsense(`it has <${name}> ${found.length} times`);
    return found[0]?.text.trim();
  }

  integer(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined || text === '') return undefined;
    if (!/^-?\d+$/.test(text)) throw nonsense(`<${name}> is not a whole number: "${text}"`);
    return Number(text);
  }

  requireOk(what: string): this {
    if (this.ok) return this;
    const because = this.status_message === '' ? '' : `: ${this.status_message}`;
    throw new ProbeError('refused', `the host refused ${what} (status ${this.status_code})${because}`);
  }
}

export interface ServerInfo {
  readonly hostname: string;
  readonly app_version: string;
  readonly gfe_version: string;
  readonly unique_id: string;
  readonly https_port: number;
  readonly codec_modes: number;
  readonly paired: boolean;
  readonly current_app: number;
  readonly state: string;
}

export function readServerInfo(reply: HostReply): ServerInfo {
  reply.requireOk('/serverinfo');
  const required = (name: string): string => {
    const text = reply.text(name);
    if (!text) throw nonsense(`/serverinfo has no <${name}>`);
    return text;
  };
  const state = required('state');
  const running = Number(required('currentgame'));
  return {
    hostname: reply.text('hostname') || 'UNKNOWN',
    app_version: required('appversion'),
    gfe_version: reply.text('GfeVersion') ?? '',
    unique_id: required('uniqueid'),
    https_port: reply.integer('HttpsPort') || 47984,
    // Absent means a host that knows H.264 only.
    codec_modes: reply.integer('ServerCodecModeSupport') ?? 1,
    paired: reply.text('PairStatus') === '1',
    // Clients take an app as running only while the state says busy.
    current_app: state.endsWith('_SERVER_BUSY') ? running : 0,
    state,
  };
}

export interface HostApp {
  readonly id: number;
  readonly title: string;
  readonly hdr: boolean;
}

export function readAppList(reply: HostReply): HostApp[] {
  reply.requireOk('/applist');
  return reply.root.children
    .filter((child) => child.name === 'App')
    .map((app) => {
      const field = (name: string): string => app.children.find((child) => child.name === name)?.text.trim() ?? '';
      const id = Number(field('ID'));
      if (!Number.isInteger(id) || id === 0 || id !== (id | 0)) {
        throw nonsense(`it lists an app whose ID is not a non-zero 32-bit number: "${field('ID')}"`);
      }
      return { id, title: field('AppTitle'), hdr: field('IsHdrSupported') === '1' };
    });
}
