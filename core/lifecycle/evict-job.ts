// Evicts: plans, says what the plan is, and unless it is a dry run executes it, one object after the other looked at again.
import { countOf } from '../job/count-of.ts';
import type { JobHandler, JobReport } from '../job/job-context.ts';
import { isoTime } from '../model/clock.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { systemEnvelope } from '../tier/archive-object.ts';
import { atOnce } from '../tier/at-once.ts';
import { evictObject, metadataObjects, type Protected } from '../tier/evict.ts';
import { pinnedObjects } from '../tier/pins.ts';
import type { TierIo } from '../tier/tier-io.ts';
import { type EvictPlan, type EvictRules, planByHand, planByPolicy } from './plan-evict.ts';

export interface EvictJobIo {
  readonly tiers: TierIo;
  readonly rules: EvictRules;
  readonly lastRead: (sha: Sha) => number | undefined;
}

const AT_ONCE = 64;

export function evictJob(io: EvictJobIo): JobHandler<'evict'> {
  return async ({ id, task, started, dryRun, signal, report }) => {
    const { tiers } = io;
    report.stage('looking for what may go');
    const keep = { pinned: await pinnedObjects(tiers), metadata: await metadataObjects(tiers) };
    const { project } = task;
    const plan =
      task.by === 'hand' && project !== undefined
        ? await planByHand(tiers, { ...task, project }, keep, started)
        : await planByPolicy(tiers, io.rules, keep, io.lastRead);
    for (const { name, sizeBytes, reason } of plan.evict) report.plan({ item: name, bytes: sizeBytes, reason });
    if (dryRun) return `Would evict ${countOf(plan.evict.length, 'object')}${keptSentence(plan)}`;
    report.requireSeen();
    const evicted = await execute(tiers, plan, keep, { signal, report });
    if (project !== undefined) await tellProjectEvicted(tiers, project, id, evicted);
    return `Evicted ${countOf(evicted.objects, 'object')}${keptSentence(plan)}`;
  };
}

/** @returns what has left hot for this plan, an earlier attempt's evictions included */
export async function execute(
  tiers: TierIo,
  plan: EvictPlan,
  keep: Protected,
  { signal, report }: { readonly signal: AbortSignal; readonly report: JobReport },
): Promise<{ readonly objects: number; readonly bytes: number }> {
  let { objects, bytes } = plan.gone;
  const total = plan.evict.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  report.stage('evicting', { items: plan.evict.length, bytes: total });
  await atOnce(plan.evict, AT_ONCE, signal, async (planned) => {
    const result = await evictObject(tiers, planned, keep);
    if (result.kind === 'evicted') {
      objects += 1;
      bytes += planned.sizeBytes;
    }
    if (result.kind === 'kept') report.fail({ item: planned.name, sha: planned.sha, reason: result.reason });
    report.did(1, planned.sizeBytes);
  });
  return { objects, bytes };
}

/** Of nothing, nothing is told. */
export async function tellProjectEvicted(
  { events, tenant, clock }: TierIo,
  project: ProjectName,
  job: string,
  payload: { readonly objects: number; readonly bytes: number },
): Promise<void> {
  if (payload.objects === 0) return;
  await events.publish([
    {
      ...systemEnvelope(tenant, project, 'evictor', isoTime(clock.now()), job),
      id: `project-evicted-${job}`,
      type: 'ProjectEvicted',
      payload,
    },
  ]);
}

function keptSentence({ kept }: EvictPlan): string {
  const parts = [...kept].map(([reason, count]) => `${count} because ${reason}`);
  return parts.length === 0 ? '.' : `; kept ${parts.join(', ')}.`;
}
