// The payload list: one line, one entry, one sentence for whatever is wrong with it.

export const formats = ['deb', 'rpm', 'arch', 'sysext', 'image'] as const;
export type Format = (typeof formats)[number];

/** What can be installed by itself: the host, and the measuring kit, which needs the host of the same version. */
export const package_names = ['punktfunk', 'punktfunk-harness'] as const;
export type PackageName = (typeof package_names)[number];

export type Source =
  | { kind: 'files'; pattern: string }
  | { kind: 'tree'; folder: string }
  | { kind: 'program'; roots: string[] }
  | { kind: 'packages'; lock: string }
  | { kind: 'link'; target: string }
  | { kind: 'text'; words: string };

export interface Line {
  number: number;
  package: PackageName;
  /** Absolute, under /usr; ends in / when the source fills a folder. */
  path: string;
  mode: number;
  source: Source;
  formats: readonly Format[];
}

/** What is wrong with a list or with what it names; its message says where. */
export class PayloadError extends Error {}

/** Throws PayloadError, "NAME:LINE: what is wrong". */
export function readPayload(text: string, name: string): Line[] {
  let of: PackageName = package_names[0];
  return text.split('\n').flatMap((line, index) => {
    const words = line.trim();
    if (words === '' || words.startsWith('#')) return [];
    try {
      if (!words.startsWith('[')) return [readLine(words, index + 1, of)];
      of = readHeading(words);
      return [];
    } catch (error) {
      throw error instanceof PayloadError ? new PayloadError(`${name}:${index + 1}: ${error.message}`) : error;
    }
  });
}

function readHeading(line: string): PackageName {
  const found = package_names.find((name) => line === `[${name}]`);
  if (!found) throw new PayloadError(`${line} is no package: ${package_names.map((name) => `[${name}]`).join(', ')}`);
  return found;
}

function readLine(line: string, number: number, of: PackageName): Line {
  const [path = '', mode = '', owner = '', source = '', only = formats.join(), ...rest] = line.split(/\s+/);
  if (source === '') throw new PayloadError('a line needs PATH MODE OWNER SOURCE');
  if (rest.length > 0) throw new PayloadError(`"${rest.join(' ')}" follows the formats; a line has at most five words`);
  checkPath(path);
  if (owner !== 'root:root') {
    throw new PayloadError(`the owner is "${owner}"; only root:root has the same id on every machine (use tmpfiles.d)`);
  }
  const entry = {
    number,
    package: of,
    path,
    mode: readMode(mode),
    source: readSource(source),
    formats: readFormats(only),
  };
  const single = entry.source.kind === 'link' || entry.source.kind === 'text';
  const tree = ['tree', 'program', 'packages'].includes(entry.source.kind);
  if (single && path.endsWith('/')) throw new PayloadError(`${path} names a folder, ${source} makes one file`);
  if (tree && !path.endsWith('/')) throw new PayloadError(`${source} fills a folder: write ${path}/`);
  return entry;
}

function checkPath(path: string): void {
  if (!path.startsWith('/usr/')) throw new PayloadError(`${path} is outside /usr`);
  const parts = path.replace(/\/$/, '').split('/').slice(1);
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new PayloadError(`${path} has an empty, "." or ".." part`);
  }
  if (!/^[\w/.@+-]+$/.test(path))
    throw new PayloadError(`${path} has characters other than letters, digits and /.@+_-`);
}

function readMode(word: string): number {
  if (!/^0[0-7]{3,4}$/.test(word)) throw new PayloadError(`the mode "${word}" is not octal, such as 0644`);
  const mode = Number.parseInt(word, 8);
  if (mode & 0o7000) throw new PayloadError(`the mode ${word} has a setuid, setgid or sticky bit`);
  if (mode & 0o022) throw new PayloadError(`the mode ${word} lets others than root write`);
  if ((mode & 0o444) !== 0o444)
    throw new PayloadError(`the mode ${word} hides the file from ordinary users, who run it`);
  return mode;
}

function readSource(word: string): Source {
  const [, kind, rest = ''] = /^(tree|program|packages|link|text):(.*)$/.exec(word) ?? [undefined, 'files', word];
  if (rest === '') throw new PayloadError(`${kind}: names nothing`);
  if (kind === 'link') return { kind, target: rest };
  if (kind === 'text') return { kind, words: rest };
  const names = kind === 'program' ? rest.split(',') : [rest];
  for (const name of names) {
    if (name.startsWith('/') || name.split('/').some((part) => part === '' || part === '..')) {
      throw new PayloadError(`the source "${name}" is outside the checkout`);
    }
  }
  if (kind === 'tree') return { kind, folder: rest };
  if (kind === 'program') return { kind, roots: names };
  if (kind === 'packages') return { kind, lock: rest };
  if (rest.slice(0, rest.lastIndexOf('/') + 1).includes('*')) {
    throw new PayloadError(`"${rest}": * stands in the last part only`);
  }
  return { kind: 'files', pattern: rest };
}

function readFormats(word: string): Format[] {
  return word.split(',').map((name) => {
    const format = formats.find((known) => known === name);
    if (!format) throw new PayloadError(`there is no format "${name}": ${formats.join(', ')}`);
    return format;
  });
}
