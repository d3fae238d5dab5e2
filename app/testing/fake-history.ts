// The past of a fake project: what a test says it is.
import { type Difference, pageOfDiff } from '../../core/history/diff-page.ts';
import { fakeSha, type Sha } from '../../core/model/ids.ts';
import type { CommitView, EntryAt, HistoryQueries, RestoreView, VersionView } from '../history-view.ts';

const AT = Date.UTC(2026, 5, 1, 12, 0, 0);

export function fakeCommit(name: string, change: Partial<CommitView> = {}): CommitView {
  return {
    sha: fakeSha(name),
    parent: fakeSha(`before ${name}`),
    at: AT,
    actor: { kind: 'node', id: 'node-a' },
    message: undefined,
    counts: { added: 1, updated: 0, deleted: 0, moved: 0 },
    files: 12,
    bytes: 34_000,
    conflicts: [],
    unlistedConflicts: 0,
    isKept: true,
    ...change,
  };
}

export const fakePlan = (to: CommitView, change: Partial<RestoreView> = {}): RestoreView => ({
  kind: 'plan',
  to,
  digest: fakeSha('plan'),
  listed: [],
  added: 0,
  updated: 0,
  removed: 0,
  putBytes: 0,
  goneBytes: 0,
  onlyCold: { files: 0, bytes: 0 },
  lost: [],
  isPartlyLooked: false,
  isMore: false,
  ...change,
});

export class FakeHistory implements HistoryQueries {
  /** newest first */
  list: readonly CommitView[] = [];
  differences: readonly Difference[] = [];
  /** that something changed in */
  readonly directories = new Set<string>();
  versionList: readonly VersionView[] = [];
  /** by commit */
  readonly files = new Map<Sha, EntryAt>();
  plan: RestoreView | undefined;

  readonly commits: HistoryQueries['commits'] = async (_project, { from, under, limit }) => {
    if (under !== undefined && !this.directories.has(under))
      return { commits: [], next: undefined, head: fakeSha('head') };
    const start = from === undefined ? 0 : this.list.findIndex(({ sha }) => sha === from);
    const head = this.list[0]?.sha;
    if (start < 0 || head === undefined) return undefined;
    const commits = this.list.slice(start, start + limit).map((one) => ({ ...one, first: this.differences[0] }));
    return { commits, next: this.list[start + limit]?.sha, head };
  };

  readonly commit: HistoryQueries['commit'] = async (_project, sha) => this.list.find((one) => one.sha === sha);

  readonly versions: HistoryQueries['versions'] = async (_project, _path, { limit }) => ({
    versions: this.versionList.slice(0, limit),
    next: this.versionList[limit]?.commit.sha,
    head: this.list[0]?.sha ?? fakeSha('head'),
  });

  readonly fileAt: HistoryQueries['fileAt'] = async (_project, _path, sha) =>
    this.files.get(sha) ?? { kind: 'no-commit' };

  readonly diff: HistoryQueries['diff'] = async (project, asked, page) => {
    const [from, to] = await Promise.all([this.commit(project, asked.from), this.commit(project, asked.to)]);
    if (!from || !to) return { kind: 'no-commit' };
    if (!from.isKept || !to.isKept) return { kind: 'not-kept' };
    return { ...pageOfDiff(this.differences, page), from, to };
  };

  readonly restorePlan: HistoryQueries['restorePlan'] = async (project, sha) => {
    const to = await this.commit(project, sha);
    if (!to) return { kind: 'no-commit' };
    return to.isKept ? (this.plan ?? fakePlan(to)) : { kind: 'not-kept' };
  };
}
