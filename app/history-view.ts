// What pages see of a project's history: part of the interfaces between pages and server.
import type { Difference, DiffPage } from '../core/history/diff-page.ts';
import type { Actor, CommitCounts } from '../core/model/commit.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { FileDetail, Tiers } from './file-view.ts';

export interface CommitView {
  readonly sha: Sha;
  /** the commit before it; undefined: it is the project's first */
  readonly parent: Sha | undefined;
  /** milliseconds since 1970 */
  readonly at: number;
  readonly actor: Actor;
  readonly message: string | undefined;
  readonly counts: CommitCounts;
  /** of the whole project, at that commit */
  readonly files: number;
  readonly bytes: number;
  /** paths at which it won over what its committer had not seen */
  readonly conflicts: readonly { readonly path: RelPath; readonly kept?: RelPath | undefined }[];
  readonly unlistedConflicts: number;
  /** false: who did what is on record, but what the project held then is not kept any more */
  readonly isKept: boolean;
}

export interface ListedCommit extends CommitView {
  /** the first of what it changed (there), in path order; undefined: nothing, or it cannot be told any more */
  readonly first: Difference | undefined;
}

export interface CommitListing {
  /** newest first */
  readonly commits: readonly ListedCommit[];
  /** give it as `from` for the next page; undefined: the project's first commit was the last one */
  readonly next: Sha | undefined;
  /** what is current */
  readonly head: Sha;
}

/** What a commit made of one path. */
export interface VersionView {
  readonly commit: CommitView;
  /** `gone`: it deleted it */
  readonly made:
    | { readonly kind: 'file'; readonly sha: Sha; readonly sizeBytes: number; readonly tiers: Tiers }
    | { readonly kind: 'dir' | 'gone' };
}

export interface VersionListing {
  readonly versions: readonly VersionView[];
  /** give it as `from` to look further back; it may have no versions, because each look is bounded */
  readonly next: Sha | undefined;
  readonly head: Sha;
}

export interface DiffView extends DiffPage {
  readonly from: CommitView;
  readonly to: CommitView;
}

/** What a path is at a commit. */
export type EntryAt =
  | { readonly kind: 'file'; readonly detail: FileDetail; readonly commit: CommitView }
  /** the project had no file there then */
  | { readonly kind: 'none'; readonly commit: CommitView }
  | NoCommit
  | NotKept;

export interface NoCommit {
  /** the project has no such commit */
  readonly kind: 'no-commit';
}
export interface NotKept {
  /** who did what is on record, but not what the project held */
  readonly kind: 'not-kept';
}

export interface PlannedPath {
  readonly kind: 'added' | 'updated' | 'removed';
  readonly path: RelPath;
  /** of what comes, or of what goes; undefined: of a directory that comes */
  readonly sizeBytes: number | undefined;
}

/** What a restore would do now. */
export interface RestoreView {
  readonly kind: 'plan';
  readonly to: CommitView;
  /** names the plan: it, and no other, is carried out */
  readonly digest: Sha;
  /** more would change than is counted here: a page goes through the first paths alone */
  readonly isMore: boolean;
  /** the first of its paths, in path order */
  readonly listed: readonly PlannedPath[];
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
  readonly putBytes: number;
  /** of what is deleted, as it is now */
  readonly goneBytes: number;
  /** of what would be put: what is only in cold and comes to hot before */
  readonly onlyCold: { readonly files: number; readonly bytes: number };
  /** of what would be put: whose bytes are in no tier; the restore would be refused. The first of them */
  readonly lost: readonly RelPath[];
  /** true: there are more files than were looked up in the tiers; the rest is looked at when it is done */
  readonly isPartlyLooked: boolean;
}

export interface HistoryQueries {
  /** @param page.from  a commit of the project; absent: what is current
   *  @param page.under  only those that changed something there; a page may have none, because each look is bounded
   *  @returns undefined when there is no such project or commit */
  commits(
    project: ProjectName,
    page: { readonly from?: Sha | undefined; readonly under?: RelPath; readonly limit: number },
  ): Promise<CommitListing | undefined>;
  commit(project: ProjectName, sha: Sha): Promise<CommitView | undefined>;
  versions(
    project: ProjectName,
    path: RelPath,
    page: { readonly from?: Sha; readonly limit: number },
  ): Promise<VersionListing | undefined>;
  fileAt(project: ProjectName, path: RelPath, commit: Sha): Promise<EntryAt>;
  diff(
    project: ProjectName,
    commits: { readonly from: Sha; readonly to: Sha },
    page: { readonly after?: RelPath | undefined; readonly limit: number },
  ): Promise<DiffView | NoCommit | NotKept>;
  restorePlan(project: ProjectName, to: Sha, path: RelPath | ''): Promise<RestoreView | NoCommit | NotKept>;
}
