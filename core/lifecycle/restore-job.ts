// Makes a project, or a part of it, again what it was at a commit: the plan that a person has read, and no other, is made
// anew, what is only in cold comes back to hot, and one commit follows, unless the plan's paths have changed meanwhile. Until
// that commit nothing has changed.
import type { ColdProofs } from '../commit/cold-proofs.ts';
import type { CommitIo } from '../commit/commit.ts';
import {
  carryOutRestore,
  planRestore,
  type RestorePlan,
  type RestoreRequest,
  type RestoreResult,
} from '../history/restore.ts';
import { countOf } from '../job/count-of.ts';
import type { JobHandler, JobReport } from '../job/job-context.ts';
import { unreachable } from '../model/assert.ts';
import { isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { NoProjectError } from '../tier/files-in.ts';
import type { Rehydrator } from '../tier/rehydrate.ts';
import type { TierIo } from '../tier/tier-io.ts';

export interface RestoreJobIo {
  readonly tiers: TierIo;
  readonly rehydrator: Rehydrator;
  /** asked where the project's policy is strict */
  readonly proofs: ColdProofs;
}

/** What the person has read is not what would be done now. */
export class RestoreChangedError extends Error {
  override name = 'RestoreChangedError';
  constructor(project: ProjectName) {
    super(
      `Nothing was restored: ${project} has changed since the plan was read, and a restore would replace other things now. Look at it again from the history.`,
    );
  }
}

export function restoreJob({ tiers, rehydrator, proofs }: RestoreJobIo): JobHandler<'restore'> {
  const { hot: objects, nodes, index, clock } = tiers;
  const io: CommitIo = { objects, nodes, index, clock, proofs };
  return async ({ task, actor, dryRun, signal, report }) => {
    const { project, to } = task;
    const request: RestoreRequest = { project, to, path: task.prefix ?? '', actor };
    const what = `${task.prefix ?? project} to ${to.slice(0, 12)}`;
    report.stage(`comparing with ${to.slice(0, 12)}`);
    const plan = await planRestore(io, request);
    if (typeof plan === 'string') return refused(plan, request);
    tell(report, plan);
    // A job that is run again after its commit finds it done.
    if (plan.ops.length === 0) return `Nothing to restore: ${what} is what is current.`;
    if (dryRun) return `Would restore ${what}: ${countOf(plan.ops.length, 'path')}.`;
    if (task.plan !== undefined && task.plan !== plan.digest) throw new RestoreChangedError(project);

    report.stage('bringing back what is needed');
    const contents: Pick<CommitIo['objects'], 'get' | 'put'> = {
      put: objects.put,
      get: async (sha, options) => {
        const { sizeBytes } = await rehydrator.rehydrate(sha, project, signal);
        report.did(1, sizeBytes);
        return objects.get(sha, options);
      },
    };
    const result = await carryOutRestore(io, request, plan, contents, signal);
    return outcomeOf(result, request, what, plan, report);
  };
}

function tell(report: JobReport, { ops }: RestorePlan): void {
  for (const op of ops) {
    if (op.kind === 'delete') report.plan({ item: op.path, bytes: op.bytes, reason: 'deleted: it was not there then' });
    else {
      const bytes = isFile(op.entry) ? op.entry.size : 0;
      report.plan({ item: op.entry.path, bytes, reason: op.seen === 'absent' ? 'it comes back' : 'as it was then' });
    }
  }
}

function outcomeOf(
  result: RestoreResult,
  request: RestoreRequest,
  what: string,
  { ops }: RestorePlan,
  report: JobReport,
): string {
  switch (result.kind) {
    case 'committed': {
      const gone = ops.filter((op) => op.kind === 'delete').length;
      const put = ops.length - gone;
      report.committed(result.commitSha);
      return `Restored ${what}: ${countOf(put, 'path')} put, ${gone} deleted, commit ${result.commitSha.slice(0, 12)}. Nodes get it by themselves.`;
    }
    case 'unchanged':
      return `Nothing to restore: ${what} is what is current.`;
    case 'not-kept': {
      const shas = shasOf(ops);
      for (const path of result.paths) {
        const sha = shas.get(path);
        report.fail({ item: path, ...(sha && { sha }), reason: 'its bytes are in no tier any more' });
      }
      return 'Nothing was restored: what is listed is not kept any more. Restore a newer commit, or single paths.';
    }
    case 'no-project':
    case 'foreign':
      return refused(result.kind, request);
    case 'mismatch':
      throw new RestoreChangedError(request.project);
    default:
      return unreachable(result);
  }
}

const shasOf = (ops: RestorePlan['ops']): ReadonlyMap<string, Sha> =>
  new Map(ops.flatMap((op) => (op.kind === 'put' && isFile(op.entry) ? [[op.entry.path, op.entry.sha] as const] : [])));

function refused(kind: 'no-project' | 'foreign' | 'not-kept', { project, to }: RestoreRequest): never {
  switch (kind) {
    case 'no-project':
      throw new NoProjectError(project);
    case 'foreign':
      throw new Error(`Nothing was restored: ${to.slice(0, 12)} is no commit of ${project}.`);
    case 'not-kept':
      throw new Error(`Nothing was restored: what ${project} had at ${to.slice(0, 12)} is not kept any more.`);
    default:
      return unreachable(kind);
  }
}
