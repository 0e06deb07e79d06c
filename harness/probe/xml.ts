// The XML that GameStream hosts answer with: elements, attributes, text and the five entities. Strict: what is not
// well-formed is refused with the place, and so are document types, because a host has no reason to send one.

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  // All character data directly inside this element, entities resolved.
  readonly text: string;
}

const max_depth = 16;
const max_elements = 20_000;
const name_pattern = /[A-Za-z_:][A-Za-z0-9_:.-]*/y;
const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

export class XmlError extends Error {
  constructor(problem: string, offset: number) {
    super(`the XML is not well-formed: ${problem} at character ${offset}`);
    this.name = 'XmlError';
  }
}

export function parseXml(source: string): XmlElement {
  const reader = new Reader(source);
  reader.skipProlog();
  const root = reader.element(0);
  reader.skipMisc();
  if (reader.offset !== source.length) throw new XmlError('text after the root element', reader.offset);
  return root;
}

class Reader {
  offset = 0;
  private elements = 0;
  private readonly source: string;

  constructor(source: string) {
    // A byte order mark is legal before the declaration.
    this.source = source;
    if (source.startsWith('\uFEFF')) this.offset = 1;
  }

  skipProlog(): void {
    if (this.source.startsWith('<?xml', this.offset)) this.offset = this.after('?>');
    this.skipMisc();
  }

  skipMisc(): void {
    for (;;) {
      this.skipSpace();
      if (!this.source.startsWith('<!--', this.offset)) return;
      this.offset = this.after('-->');
    }
  }

  element(depth: number): XmlElement {
    if (depth > max_depth) throw new XmlError(`elements nested deeper than ${max_depth}`, this.offset);
    if (++this.elements > max_elements) throw new XmlError(`more than ${max_elements} elements`, this.offset);
    this.expect('<');
    const name = this.name();
    const attributes = this.attributes();
    if (this.take('/>')) return { name, attributes, children: [], text: '' };
    this.expect('>');
    const children: XmlElement[] = [];
    let text = '';
    for (;;) {
      const next = this.source.indexOf('<', this.offset);
      if (next < 0) throw new XmlError(`<${name}> is not closed`, this.source.length);
      text += this.characters(next);
      if (this.take('</')) break;
      if (this.source.startsWith('<!--', this.offset)) this.offset = this.after('-->');
      else children.push(this.element(depth + 1));
    }
    const closing = this.name();
    if (closing !== name) throw new XmlError(`<${name}> is closed by </${closing}>`, this.offset);
    this.skipSpace();
    this.expect('>');
    return { name, attributes, children, text };
  }

  private attributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      const start = this.offset;
      this.skipSpace();
      const next = this.source[this.offset];
      if (next === '>' || next === '/' || next === undefined) return attributes;
      if (this.offset === start) throw new XmlError('a space is missing before an attribute', this.offset);
      const name = this.name();
      this.skipSpace();
      this.expect('=');
      this.skipSpace();
      const quote = this.source[this.offset];
      if (quote !== '"' && quote !== "'") throw new XmlError('an attribute value has no quotes', this.offset);
      this.offset += 1;
      const end = this.source.indexOf(quote, this.offset);
      if (end < 0) throw new XmlError('an attribute value is not closed', this.source.length);
      const value = this.characters(end);
      if (attributes.has(name)) throw new XmlError(`the attribute ${name} appears twice`, this.offset);
      attributes.set(name, value);
      this.offset = end + 1;
    }
  }

  private characters(end: number): string {
    const raw = this.source.slice(this.offset, end);
    const start = this.offset;
    this.offset = end;
    return raw.replace(/&([^;&]*);?/g, (whole, entity: string, at: number) => {
      const value = whole.endsWith(';') ? resolveEntity(entity) : undefined;
      if (value === undefined) throw new XmlError(`the entity ${whole} is unknown`, start + at);
      return value;
    });
  }

  private name(): string {
    name_pattern.lastIndex = this.offset;
    const match = name_pattern.exec(this.source);
    if (!match) throw new XmlError('a name is missing', this.offset);
    this.offset += match[0].length;
    return match[0];
  }

  private skipSpace(): void {
    while (/[ \t\r\n]/.test(this.source[this.offset] ?? '')) this.offset += 1;
  }

  private take(text: string): boolean {
    if (!this.source.startsWith(text, this.offset)) return false;
    this.offset += text.length;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) throw new XmlError(`"${text}" is missing`, this.offset);
  }

  private after(text: string): number {
    const at = this.source.indexOf(text, this.offset);
    if (at < 0) throw new XmlError(`"${text}" is missing`, this.source.length);
    return at + text.length;
  }
}

function resolveEntity(entity: string): string | undefined {
  const match = /^#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}))$/.exec(entity);
  if (!match) return Object.hasOwn(entities, entity) ? entities[entity] : undefined;
  const code = match[1] === undefined ? Number.parseInt(match[2] ?? '', 10) : Number.parseInt(match[1], 16);
  const legal = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return legal ? String.fromCodePoint(code) : undefined;
}
