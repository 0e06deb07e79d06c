// Replies of GameStream's HTTP plane: compact XML with one `root` element. No white space between elements: an older Android parser
// throws on it (docs/gamestream.md, 2.1).

import { granted_status, type PunktfunkError } from '../errors.ts';

export interface XmlElement {
  readonly name: string;
  readonly content: string | number | readonly XmlElement[];
}

export const element = (name: string, content: XmlElement['content']): XmlElement => ({ name, content });

export function escapeXml(text: string): string {
  return text
    .replace(/(?![\t\n\r])\p{Cc}|\p{Cs}|[\ufffe\uffff]/gu, '') // not allowed in XML 1.0 in any form
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function write({ name, content }: XmlElement): string {
  const inner = Array.isArray(content) ? content.map(write).join('') : escapeXml(String(content));
  return `<${name}>${inner}</${name}>`;
}

const declaration = '<?xml version="1.0" encoding="utf-8"?>';

/** A successful reply: its status and the elements. */
export function xmlReply(elements: readonly XmlElement[]): string {
  return `${declaration}<root status_code="${granted_status}">${elements.map(write).join('')}</root>`;
}

/** A refusal. HTTP still says that all is well; clients show the message with the code (docs/gamestream.md, 2.1). */
export function xmlRefusal(
  { status, advice }: Pick<PunktfunkError, 'status' | 'advice'>,
  elements: readonly XmlElement[] = [],
  query?: string,
): string {
  const asked = query === undefined ? '' : ` query="${escapeXml(query)}"`;
  const head = `${declaration}<root status_code="${status.xml}"${asked} status_message="${escapeXml(advice)}"`;
  return elements.length === 0 ? `${head}/>` : `${head}>${elements.map(write).join('')}</root>`;
}
