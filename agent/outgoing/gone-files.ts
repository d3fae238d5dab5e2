// Which files are lost (I9): those that are gone under every name.
import { type Entry, type FileEntry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';

/** @param gone  what is not where it was
 *  @param here  what new and changed files hold: each of them stands for one that is gone, and no more */
export function goneFiles(gone: Iterable<Entry>, here: Iterable<Sha>): FileEntry[] {
  const copies = new Map<Sha, number>();
  for (const sha of here) copies.set(sha, (copies.get(sha) ?? 0) + 1);
  const lost: FileEntry[] = [];
  for (const entry of gone) {
    if (!isFile(entry)) continue;
    const left = copies.get(entry.sha) ?? 0;
    copies.set(entry.sha, left - 1);
    if (left <= 0) lost.push(entry);
  }
  return lost;
}
