// One change that a committer asks for. Ops are rules about paths; `resolve-ops.ts` turns them into edits of the tree.
import type { Entry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import type { RelPath } from '../model/rel-path.ts';

/** What the committer saw at the path when it made the change. Where `current` says otherwise, that is a conflict:
 *  the op still wins (last writer), and what it replaced is announced by PathConflict. Absent: no check. */
export type Seen = Sha | 'dir' | 'absent';

export type PathOp =
  | {
      readonly kind: 'put';
      readonly entry: Entry;
      readonly seen?: Seen;
      /** Of what its committer has and never shared with the project: a file replaces only an earlier one at its
       *  own path (`later-wins.ts`), and none above it or below it; an empty directory replaces none. Absent: it wins. */
      readonly unseen?: 'later-wins';
    }
  /** a file, an empty directory, or a directory with all that is below it; absent already is fine. With `seen` only the
   *  path itself: what is below it has deletions of its own */
  | { readonly kind: 'delete'; readonly path: RelPath; readonly seen?: Seen }
  /** a file or a directory with all that is below it; what lies at `to` is replaced */
  | { readonly kind: 'move'; readonly from: RelPath; readonly to: RelPath };
