// How many different paths several collections hold together: one that is found again while it is on its way counts once.
import type { RelPath } from '../../core/model/rel-path.ts';

export interface Paths {
  readonly size: number;
  has(path: RelPath): boolean;
  keys(): IterableIterator<RelPath>;
}

/** The largest is not gone through: it is asked often, and mostly one is large. */
export function countPaths(collections: readonly Paths[]): number {
  const largestFirst = collections.toSorted((a, b) => b.size - a.size);
  let count = 0;
  largestFirst.forEach((paths, i) => {
    count += paths.size;
    if (i === 0) return;
    const before = largestFirst.slice(0, i);
    for (const path of paths.keys()) if (before.some((other) => other.has(path))) count--;
  });
  return count;
}
