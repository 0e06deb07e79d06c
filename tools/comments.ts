// What comments cite is in the repository, where they say: a file of docs/, and the section of it.

import { basename, join } from 'node:path';
import { type Source, sourcesOf } from './structure/sources.ts';

/** Numbers and words with which sections of a document begin: `6`, `6.8`, `Traps`. */
export function sectionsOf(document: string): Set<string> {
  const titles = [...document.matchAll(/^#+ (?:Appendix )?(?:([\dA-Z](?:\.\d+)*)[.:]? )?(\w+)/gm)];
  return new Set(titles.flatMap(([, number, word]) => [number, word]).filter((name) => name !== undefined));
}

/** What a source cites and is not there. `sections` has those of each document by its name. */
export function wrongCitations({ path, text }: Source, sections: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  // A citation may go on in the next line of the comment: docs/gamestream.md, 6.5.
  const joined = text.replace(/\n[ \t]*(?:\/\/|\*|#)+ ?/g, ' ');
  const cited = joined.matchAll(
    /\bdocs\/([\w-]+\.\w+)(?:,? (?:sections? |")?((?:\d+|[A-Z])(?:\.\d+)*(?!\w)|(?<=")[A-Z]\w+))?/g,
  );
  return [...cited].flatMap(([, document = '', section]) => {
    const there = sections.get(document);
    if (!there) return [`${path} cites docs/${document}, which is not there.`];
    return section === undefined || there.has(section)
      ? []
      : [`${path} cites section ${section} of docs/${document}, which has none.`];
  });
}

if (import.meta.main) {
  const checkout = join(import.meta.dirname, '..');
  const documents = sourcesOf(checkout, 'docs/*').map(({ path, text }) => [basename(path), sectionsOf(text)] as const);
  const sections = new Map(documents);
  const sources = sourcesOf(checkout, ':!docs', ':!*.test.ts', ':!*.json');
  const problems = sources.flatMap((source) => wrongCitations(source, sections));
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
