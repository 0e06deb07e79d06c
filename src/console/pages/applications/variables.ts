// Environment variables as lines of NAME=VALUE.

export interface Variables {
  values: Record<string, string>;
  /** The first line that is none. */
  wrong_line: string | undefined;
}

export function readVariables(text: string): Variables {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const read = lines.map((line) => ({ line, parts: /^\s*([A-Za-z_]\w*)=(.*)$/s.exec(line) }));
  return {
    values: Object.fromEntries(read.flatMap(({ parts }) => (parts ? [[parts[1], parts[2]]] : []))),
    wrong_line: read.find(({ parts }) => !parts)?.line,
  };
}

export const writeVariables = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
