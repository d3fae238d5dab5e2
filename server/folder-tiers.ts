// In which tiers the files of folders are, for the rows of the tree. Totals stand in the manifest; tiers belong to objects and
// change without a commit, so there is no total of them to read: each file has to be looked at, and only as long as that
// costs a page next to nothing. Of what is not known here nobody is asked.
import type { FileRow } from '../app/file-view.ts';
import type { NodeReader } from '../core/manifest/tree.ts';
import { walkTree } from '../core/manifest/walk.ts';
import { isFile } from '../core/model/entry.ts';
import type { Sha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';

/** Of a folder with more files it is not said. */
const MOST_OF_A_FOLDER = 100;
/** In all folders of a page together: the first ones have it. */
const MOST_OF_A_PAGE = 500;

type Folder = Extract<FileRow, { kind: 'dir' }>;

/** The objects of those folders that are small enough to be looked at. */
export async function folderShas(
  nodes: NodeReader,
  root: Sha,
  folders: readonly Pick<Folder, 'path' | 'files'>[],
): Promise<ReadonlyMap<RelPath, readonly Sha[]>> {
  const found = new Map<RelPath, readonly Sha[]>();
  let left = MOST_OF_A_PAGE;
  for (const { path, files } of folders) {
    if (files === 0 || files > Math.min(left, MOST_OF_A_FOLDER)) continue;
    left -= files;
    const shas: Sha[] = [];
    for await (const entry of walkTree(nodes, root, { prefix: path })) if (isFile(entry)) shas.push(entry.sha);
    found.set(path, shas);
  }
  return found;
}
