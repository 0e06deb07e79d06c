// What comments cite is in the repository, where they say: a file of docs/, and the section of it. No comment is wider than the page.

import { basename, join } from 'node:path';
import { type Source, sourcesOf } from './structure/sources.ts';

/** Numbers and words with which sections of a document begin: `6`, `6.8`, `Traps`. */
export function sectionsOf(document: string): Set<string> {
  const titles = [...document.matchAll(/^#+ (?:Appendix )?(?:((?:\d+|[A-Z])(?:\.\d+)*)[.:]? )?(\w+)?/gm)];
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

/** Columns of a comment. Formatters break code, clang-format C++ comments too; nothing breaks those of TypeScript, shell and CMake. */
const max_columns = 140;

/** Lines with a comment that goes on too far. One word that cannot be broken may. */
export function wideComments({ path, text }: Source): string[] {
  return text.split('\n').flatMap((line, index) => {
    const comment = /^\s*(?:\/\/|\/?\*+(?=[ /])|#) *(.*)|[^:'"`] \/\/ ([^'"`]*)$/.exec(line);
    const words = (comment?.[1] ?? comment?.[2] ?? '').trim();
    return line.length <= max_columns || !words.includes(' ')
      ? []
      : [`${path}:${index + 1} has ${line.length} columns of ${max_columns}.`];
  });
}

if (import.meta.main) {
  const checkout = join(import.meta.dirname, '..');
  const documents = sourcesOf(checkout, 'docs/*').map(({ path, text }) => [basename(path), sectionsOf(text)] as const);
  const sections = new Map(documents);
  const sources = sourcesOf(checkout, ':!docs', ':!src/api', ':!*.test.ts', ':!*.json');
  const broken_by_hand = sources.filter(
    ({ path, text }) => /\.(tsx?|sh|cmake)$|CMakeLists.txt$/.test(path) || /^#!.*sh\b/.test(text),
  );
  const problems = [
    ...sources.flatMap((source) => wrongCitations(source, sections)),
    ...broken_by_hand.flatMap(wideComments),
  ];
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}
