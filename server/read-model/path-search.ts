// Searches the index of paths until a page is full: look after look, and other work goes on in between, however many paths
// there are that do not have the words.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ProjectName } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { PathIndex } from './path-index.ts';

export interface PathSearch {
  /** none of them empty */
  readonly words: readonly string[];
  /** `next` of the page before; what is none is the beginning */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface PathsPage {
  readonly paths: readonly RelPath[];
  /** undefined: that was all */
  readonly next: string | undefined;
}

export async function searchPaths(
  index: Pick<PathIndex, 'search'>,
  project: ProjectName,
  { words, cursor, limit }: PathSearch,
): Promise<PathsPage> {
  const paths: RelPath[] = [];
  for (let after = placeOf(cursor); ; await nextTurn()) {
    const found = index.search(project, words, { after, limit: limit - paths.length });
    paths.push(...found.paths);
    if (!found.isCut) return { paths, next: found.next === undefined ? undefined : String(found.next) };
    after = found.next;
  }
}

/** A cursor comes back from a page, where anybody may have changed it. */
function placeOf(cursor: string | undefined): number | undefined {
  const place = /^\d+$/.test(cursor ?? '') ? Number(cursor) : undefined;
  return Number.isSafeInteger(place) ? place : undefined;
}
