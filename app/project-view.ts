// What pages see of projects, and what they ask of them: part of the interfaces between pages and server.
import type { Actor } from '../core/model/commit.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { ResyncAsked, ResyncOutcome } from '../core/node/resync.ts';
import type { NodeOfProject } from './node-view.ts';

export interface ProjectSummary {
  readonly name: ProjectName;
  readonly commitSha: Sha | null;
  readonly files: number;
  readonly bytes: number;
  /** when `current` last moved; null before the first commit */
  readonly changedAt: number | null;
  readonly state: 'in-sync' | 'skipping' | 'syncing' | 'blocked' | 'unheard' | 'left' | 'no-nodes' | 'cold';
  /** when it was taken off hot storage; null: it was not, or is back */
  readonly coldSince: number | null;
  /** paths on all its nodes that are not in sync while the rest is */
  readonly skipped: number;
  /** the worst node's sentence, or "In sync on 2 nodes" */
  readonly sentence: string;
  readonly nodes: readonly NodeOfProject[];
  /** objects of the project that are not proven in cold yet */
  readonly toArchive: number;
  /** what its objects take in each tier, those of older versions too; absent: nobody knows yet */
  readonly tierBytes?: TierBytes;
  /** what the records say of cold is no proof now: they speak of another cold storage */
  readonly isColdStrange?: true;
  /** its own bytes of what is compressed in cold, and what they take there; absent: nothing is, or it was not asked for */
  readonly compressed?: { readonly plainBytes: number; readonly storedBytes: number };
}

export interface TierBytes {
  readonly hot: number;
  readonly cold: number;
}

/** Hours that a sparkline shows. */
export const ACTIVITY_HOURS = 24;

/** What went on in a project in each of the last 24 hours, oldest first; the last one is not over. */
export interface Activity {
  readonly commits: readonly number[];
  /** of new objects that they brought */
  readonly bytes: readonly number[];
}

/** A path that never leaves hot; '' is the whole project. */
export interface PinView {
  readonly path: RelPath | '';
  readonly by: string;
  readonly at: number;
}

/** A project that was deleted, and can still be brought back. */
export interface DeletedProjectView {
  readonly name: ProjectName;
  readonly files: number;
  readonly bytes: number;
  readonly deletedAt: number;
  readonly keptUntil: number;
}

/** What people ask of projects. Each may be sent twice; who asked is in the audit log.
 *  All throw StoreUnavailableError: whether it was done is unknown, and it may be sent again. */
export interface ProjectCommands {
  create(
    actor: Actor,
    project: ProjectName,
  ): Promise<{ readonly kind: 'project-created' } | { readonly kind: 'project-exists' }>;
  /** Asks for the job that brings all of it back to hot. */
  promote(
    actor: Actor,
    project: ProjectName,
  ): Promise<{ readonly kind: 'promotion-asked' } | { readonly kind: 'no-project' }>;
  /** Asks its nodes, or the one that is named, to compare their directories anew, all of it or what is below a path. */
  resync(
    actor: Actor,
    asked: ResyncAsked,
  ): Promise<ResyncOutcome | { readonly kind: 'no-project' } | { readonly kind: 'unreadable' }>;
  /** Its history and its assignments go on under the new name. */
  rename(
    actor: Actor,
    project: ProjectName,
    to: ProjectName,
  ): Promise<{ readonly kind: 'project-renamed' | 'project-exists' | 'no-project' }>;
  /** @param seen  the commit that the person saw: what came since was not decided on */
  remove(
    actor: Actor,
    project: ProjectName,
    seen: string,
  ): Promise<{ readonly kind: 'project-deleted' | 'project-moved' | 'no-project' }>;
  undelete(
    actor: Actor,
    project: ProjectName,
  ): Promise<{ readonly kind: 'project-restored' | 'project-name-taken' | 'project-not-kept' }>;
  /** all of them or none */
  pin(
    actor: Actor,
    project: ProjectName,
    paths: readonly (RelPath | '')[],
  ): Promise<{ readonly kind: 'pinned' | 'too-many-pins' | 'no-project' }>;
  /** all of them at once; what is not pinned is fine */
  unpin(
    actor: Actor,
    project: ProjectName,
    paths: readonly (RelPath | '')[],
  ): Promise<{ readonly kind: 'unpinned' | 'no-project' }>;
}
