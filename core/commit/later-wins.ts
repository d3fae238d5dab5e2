// Which of two files stays where no version that both came from can tell: a copy that a node has and never shared with the
// project, and what the project has in its place. The one that was written later does, by its own time; where both are as
// late, the project's, so that a join with an old copy never takes a fleet back. A clock that was wrong may have given a
// file a time in the future: that counts as the latest moment at which it can have been written. Only two files at one path
// are compared: where one has a file and the other a directory, the project's stays (`resolve-ops.ts`).
import type { FileEntry } from '../model/entry.ts';

/** By when a file was written in any case, in milliseconds since 1970. */
export interface WrittenBy {
  /** the committer's file: by now */
  readonly ours: number;
  /** the project's: by the commit that is current */
  readonly theirs: number;
}

export const isLater = (ours: FileEntry, theirs: FileEntry, by: WrittenBy): boolean =>
  Math.min(ours.mtime, by.ours) > Math.min(theirs.mtime, by.theirs);
