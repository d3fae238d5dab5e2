// Which files are lost (I9): those that are gone under every name.
import { type Entry, type FileEntry, isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { FileRows } from '../state/file-rows.ts';

/** @param rows  what was there before
 *  @param gone  what is not where it was
 *  @param here  Files that were found: each that holds other bytes than before stands for one that is gone, and no more. One
 *  that was only touched stands for itself. */
export function goneFiles(
  rows: Pick<FileRows, 'at'>,
  gone: Iterable<Entry>,
  here: Iterable<Pick<FileEntry, 'path' | 'sha'>>,
): FileEntry[] {
  const copies = new Map<Sha, number>();
  for (const { path, sha } of here) {
    const before = rows.at(path)?.entry;
    if (before && isFile(before) && before.sha === sha) continue;
    copies.set(sha, (copies.get(sha) ?? 0) + 1);
  }
  const lost: FileEntry[] = [];
  for (const entry of gone) {
    if (!isFile(entry)) continue;
    const left = copies.get(entry.sha) ?? 0;
    copies.set(entry.sha, left - 1);
    if (left <= 0) lost.push(entry);
  }
  return lost;
}
