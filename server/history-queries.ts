// Answers the pages' questions about a project's past, from its chain of commits and their manifests. Neither ever changes,
// so what was read once is kept; only whether it is still there, and what is current, is asked anew.
import { ZodError } from 'zod';
import type { FileDetail, Tiers } from '../app/file-view.ts';
import type {
  CommitView,
  HistoryQueries,
  ListedCommit,
  PlannedPath,
  RestoreView,
  VersionView,
} from '../app/history-view.ts';
import { type ChainedCommit, readCommit } from '../core/commit/chain.ts';
import { commitsUnder } from '../core/history/commits-under.ts';
import {
  type Difference,
  firstDifference,
  MAX_WHOLE,
  pageOfDiff,
  pageOfLargeDiff,
  wholeDiff,
} from '../core/history/diff-page.ts';
import { listCommits } from '../core/history/list-commits.ts';
import { pathVersions } from '../core/history/path-versions.ts';
import { ProjectCommits } from '../core/history/project-commits.ts';
import { glanceAtRestore, type RestoreGlance, type RestoreOp } from '../core/history/restore.ts';
import { getEntry } from '../core/manifest/get.ts';
import type { NodeReader } from '../core/manifest/tree.ts';
import type { Clock } from '../core/model/clock.ts';
import type { Commit, CurrentAt } from '../core/model/commit.ts';
import { type Entry, type FileEntry, isFile } from '../core/model/entry.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { Remembered } from '../core/model/remembered.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import { ObjectAbsentError } from '../core/store/store-errors.ts';
import { keptCommits } from './kept-commits.ts';

export interface HistoryIo {
  readonly hot: ObjectStore;
  readonly nodes: NodeReader;
  readonly index: KeyValue;
  readonly clock: Pick<Clock, 'now'>;
  readonly currentOf: (project: ProjectName) => CurrentAt | undefined;
  readonly detailOf: (at: CurrentAt, entry: FileEntry) => Promise<FileDetail>;
  readonly tiersOf: (shas: readonly Sha[]) => Promise<ReadonlyMap<Sha, Tiers>>;
}

/** A look at what a path was costs some reads, and a path that seldom changes has few versions. */
const LOOKED_AT = 200;
const PLAN_LISTED = 50;
/** Objects of a plan that are looked up in the tiers. */
const PLAN_LOOKED_UP = 500;
const LOST_LISTED = 10;
const KEPT_HOLDS_MS = 60_000;
/** More than a commit with all the conflicts that it lists, at the longest paths. */
const MAX_COMMIT_BYTES = 16 * 1024 * 1024;

const NO_COMMIT = { kind: 'no-commit' } as const;
const NOT_KEPT = { kind: 'not-kept' } as const;

export function historyQueries(io: HistoryIo): HistoryQueries {
  const objects = keptCommits(io.hot);
  const stores = { ...io, objects };
  const diffs = new Remembered<{ readonly whole: readonly Difference[] | undefined }>(8);
  const plans = new Remembered<RestoreGlance>(8);
  const firsts = new Remembered<Pick<ListedCommit, 'first'>>(5_000);
  const members = new ProjectCommits(objects);
  /** when a manifest was last seen to be there */
  const seenAt = new Remembered<number>(10_000);

  /** @returns undefined: the project has none of that id */
  async function commitOf(at: CurrentAt, sha: Sha): Promise<Commit | undefined> {
    try {
      // Whoever asks may give any object's sha, a large file's too.
      const stat = await io.hot.stat(sha);
      if (stat.kind === 'present' && stat.sizeBytes > MAX_COMMIT_BYTES) return undefined;
      const commit = await readCommit(objects, sha);
      return (await members.has(at, sha, commit)) ? commit : undefined;
    } catch (error) {
      if (error instanceof ObjectAbsentError || error instanceof ZodError || error instanceof SyntaxError)
        return undefined;
      throw error;
    }
  }

  async function isKept(manifest: Sha): Promise<boolean> {
    const now = io.clock.now();
    if (now - (seenAt.get(manifest) ?? 0) < KEPT_HOLDS_MS) return true;
    const isThere = (await io.hot.stat(manifest)).kind === 'present';
    if (isThere) seenAt.set(manifest, now);
    return isThere;
  }

  async function viewOf(sha: Sha, commit: Commit): Promise<CommitView> {
    const { parents, ts, actor, message, counts, files, bytes, conflicts = [], unlisted_conflicts = 0 } = commit;
    return {
      sha,
      parent: parents[0],
      at: Date.parse(ts),
      actor,
      message,
      counts,
      files,
      bytes,
      conflicts: conflicts.map(({ path, kept }) => ({ path, kept })),
      unlistedConflicts: unlisted_conflicts,
      isKept: await isKept(commit.manifest_sha),
    };
  }

  async function listedOf({ sha, commit }: ChainedCommit): Promise<ListedCommit> {
    const view = await viewOf(sha, commit);
    const [parent] = commit.parents;
    if (!view.isKept || parent === undefined) return { ...view, first: undefined };
    const known = firsts.get(sha);
    if (known) return { ...view, ...known };
    const found = await whereKept(async () => {
      const before = await readCommit(objects, parent);
      return { first: await firstDifference(io.nodes, before.manifest_sha, commit.manifest_sha) };
    });
    if ('kind' in found) return { ...view, first: undefined };
    firsts.set(sha, found);
    return { ...view, ...found };
  }

  /** What retention has let go of is a word, not a failure. */
  async function whereKept<T>(work: () => Promise<T>): Promise<T | typeof NOT_KEPT> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ObjectAbsentError) return NOT_KEPT;
      throw error;
    }
  }

  /** @returns where a listing begins; undefined: there is no such project or commit */
  async function startOf(project: ProjectName, from: Sha | undefined) {
    const at = io.currentOf(project);
    if (!at || (from !== undefined && !(await commitOf(at, from)))) return undefined;
    return { at, from: from ?? at.current.commit_sha };
  }

  return {
    async commits(project, { from, under, limit }) {
      const start = await startOf(project, from);
      if (!start) return undefined;
      if (under !== undefined) {
        const looking = { ...stores, isKept: ({ manifest_sha }: Commit) => isKept(manifest_sha) };
        const page = await commitsUnder(looking, start.from, under, { limit, maxCommits: LOOKED_AT });
        const found = page.commits.map(async ({ sha, commit, first }) => ({ ...(await viewOf(sha, commit)), first }));
        return { commits: await Promise.all(found), next: page.next, head: start.at.current.commit_sha };
      }
      const { commits, next } = await listCommits(objects, start.from, { limit });
      return { commits: await Promise.all(commits.map(listedOf)), next, head: start.at.current.commit_sha };
    },

    async commit(project, sha) {
      const at = io.currentOf(project);
      const commit = at && (await commitOf(at, sha));
      return commit && viewOf(sha, commit);
    },

    async versions(project, path, { from, limit }) {
      const start = await startOf(project, from);
      if (!start) return undefined;
      const page = await pathVersions(stores, start.from, path, { limit, maxCommits: LOOKED_AT });
      const shas = page.versions.flatMap(({ entry }) => (entry && isFile(entry) ? [entry.sha] : []));
      const tiers = await io.tiersOf(shas);
      const versions = page.versions.map(
        async ({ sha, commit, entry }): Promise<VersionView> => ({
          commit: await viewOf(sha, commit),
          made: madeOf(entry, tiers),
        }),
      );
      return { versions: await Promise.all(versions), next: page.next, head: start.at.current.commit_sha };
    },

    async fileAt(project, path, sha) {
      const at = io.currentOf(project);
      const found = at && (await commitOf(at, sha));
      if (!found) return NO_COMMIT;
      return whereKept(async () => {
        const [commit, entry] = await Promise.all([viewOf(sha, found), getEntry(io.nodes, found.manifest_sha, path)]);
        if (!entry || !isFile(entry)) return { kind: 'none', commit };
        return { kind: 'file', commit, detail: await io.detailOf(at, entry) };
      });
    },

    async diff(project, commits, page) {
      const at = io.currentOf(project);
      if (!at) return NO_COMMIT;
      const [from, to] = await Promise.all([commitOf(at, commits.from), commitOf(at, commits.to)]);
      if (!from || !to) return NO_COMMIT;
      const [a, b] = [from.manifest_sha, to.manifest_sha];
      return whereKept(async () => {
        const key = `${a} ${b}`;
        const known = diffs.get(key) ?? { whole: await wholeDiff(io.nodes, a, b) };
        diffs.set(key, known);
        const { whole } = known;
        const found = whole ? pageOfDiff(whole, page) : await pageOfLargeDiff(io.nodes, a, b, page);
        return { ...found, from: await viewOf(commits.from, from), to: await viewOf(commits.to, to) };
      });
    },

    async restorePlan(project, sha, path) {
      const at = io.currentOf(project);
      const to = at && (await commitOf(at, sha));
      if (!to) return NO_COMMIT;
      if (!(await isKept(to.manifest_sha))) return NOT_KEPT;
      return whereKept(async () => {
        const trees = { from: at.current.manifest_sha, to: to.manifest_sha };
        const key = `${trees.from} ${trees.to} ${path}`;
        const plan = plans.get(key) ?? (await glanceAtRestore(io.nodes, { ...trees, path, most: MAX_WHOLE }));
        plans.set(key, plan);
        const { digest, isMore } = plan;
        return { ...(await planView(io, plan.ops)), to: await viewOf(sha, to), digest, isMore };
      });
    },
  };
}

function madeOf(entry: Entry | undefined, tiers: ReadonlyMap<Sha, Tiers>): VersionView['made'] {
  if (!entry) return { kind: 'gone' };
  if (!isFile(entry)) return { kind: 'dir' };
  const { sha, size: sizeBytes } = entry;
  return { kind: 'file', sha, sizeBytes, tiers: tiers.get(sha) ?? { hot: false, cold: null } };
}

async function planView(
  io: Pick<HistoryIo, 'tiersOf'>,
  ops: readonly RestoreOp[],
): Promise<Omit<RestoreView, 'to' | 'digest' | 'isMore'>> {
  const put = ops.flatMap((op) => (op.kind === 'put' && isFile(op.entry) ? [op.entry] : []));
  const shas = [...new Set(put.map(({ sha }) => sha))];
  const tiers = await io.tiersOf(shas.slice(0, PLAN_LOOKED_UP));
  const onlyCold = { files: 0, bytes: 0 };
  const lost: RelPath[] = [];
  for (const { path, sha, size } of put) {
    const at = tiers.get(sha);
    if (!at || at.hot) continue;
    if (at.cold) {
      onlyCold.files += 1;
      onlyCold.bytes += size;
    } else if (!at.inStrangeCold && lost.length < LOST_LISTED) lost.push(path);
  }
  const planned = ops.map(plannedPath);
  const counted = (kind: PlannedPath['kind']) => planned.filter((one) => one.kind === kind).length;
  return {
    kind: 'plan',
    listed: planned.slice(0, PLAN_LISTED),
    added: counted('added'),
    updated: counted('updated'),
    removed: counted('removed'),
    putBytes: put.reduce((sum, { size }) => sum + size, 0),
    goneBytes: ops.reduce((sum, op) => sum + (op.kind === 'delete' ? op.bytes : 0), 0),
    onlyCold,
    lost,
    isPartlyLooked: shas.length > PLAN_LOOKED_UP,
  };
}

function plannedPath(op: RestoreOp): PlannedPath {
  if (op.kind === 'delete') return { kind: 'removed', path: op.path, sizeBytes: op.bytes };
  const { entry, seen } = op;
  const sizeBytes = isFile(entry) ? entry.size : undefined;
  return { kind: seen === 'absent' ? 'added' : 'updated', path: entry.path, sizeBytes };
}
