// Sweeps both tiers: what no kept commit reaches, was found so by two sweeps in a row and is older than the grace time. Cold
// is left alone while it knows of a project that the index does not: then NATS has lost something, and cold is what brings
// it back.

import { countOf } from '../job/count-of.ts';
import type { JobHandler } from '../job/job-context.ts';
import type { NodeReader } from '../manifest/tree.ts';
import { isoTime } from '../model/clock.ts';
import type { FsEvent } from '../model/event.ts';
import { archivingKey, objectKey } from '../model/index-keys.ts';
import {
  projectOfFormerPoint,
  projectOfRestorePoint,
  RESTORE_POINTS,
  type RestorePoint,
} from '../model/restore-point.ts';
import type { KeyValue } from '../store/key-value.ts';
import { systemEnvelope } from '../tier/archive-object.ts';
import type { Claims } from '../tier/claims.ts';
import { RestorePointDamagedError, readPointAt } from '../tier/read-restore-point.ts';
import type { TierIo } from '../tier/tier-io.ts';
import { ListedObjects } from './listed-objects.ts';
import {
  executeSweep,
  judge,
  markReachable,
  type Reachable,
  SWEEP_GRACE_MS,
  type SweepCandidate,
  type SweepPlan,
} from './sweep.ts';
import { readFinds, type SweptTier, writeFinds } from './sweep-finds.ts';

export interface SweepJobIo {
  /** `nodes`: read once, each of them, and so no cache that others live on */
  readonly tiers: Omit<TierIo, 'nodes'> & { readonly nodes: NodeReader };
  /** where finds are kept between two sweeps */
  readonly records: KeyValue;
  /** shared with the archiver */
  readonly claims: Claims;
}

export function sweepJob({ tiers, records, claims }: SweepJobIo): JobHandler<'sweep'> {
  return async ({ id, dryRun, signal, report }) => {
    const { hot, cold, clock } = tiers;
    const plannedAt = clock.now();
    report.stage('listing what is stored');
    // Lists come before the marking: what is stored after them cannot be in the plan.
    const inHot = new ListedObjects();
    for await (const object of hot.list()) inHot.add(object);
    const inCold = new ListedObjects();
    for await (const { modifiedAt, ...object } of cold.list()) inCold.add({ ...object, touchedAt: modifiedAt });
    report.stage('marking what is kept');
    const reachable = await markReachable({ ...tiers, objects: hot });
    const unknown = await unknownRestorePoint(tiers, reachable);
    signal.throwIfAborted();

    const rules = { plannedAt, graceMs: SWEEP_GRACE_MS };
    const hotPlan = judge(inHot, reachable, await readFinds(records, 'hot'), rules);
    const coldPlan = judge(unknown === undefined ? inCold : [], reachable, await readFinds(records, 'cold'), rules);
    for (const one of hotPlan.remove) report.plan(planned(one, 'hot'));
    for (const one of coldPlan.remove) report.plan(planned(one, 'cold'));
    const waiting = `${hotPlan.wait.length + coldPlan.wait.length} wait for another sweep or for their grace time.`;
    const left = unknown === undefined ? '' : ` Cold was left alone: ${unknown}.`;
    if (dryRun) return `Would remove ${report.planned.items} copies; ${waiting}${left}`;

    report.requireSeen();
    report.stage('removing', { items: report.planned.items, bytes: report.planned.bytes });
    const tellOf = (tier: SweptTier) => (swept: SweepCandidate) =>
      tiers.events.publish([sweptEvent(tiers, swept, tier, id)]).then(() => undefined);
    const removed = await executeSweep({ objects: hot }, hotPlan, signal, tellOf('hot'));
    report.did(hotPlan.remove.length, removed.freedBytes);
    await writeFinds(records, 'hot', hotPlan.wait);
    const take = (swept: SweepCandidate) => takeFromCold(tiers, swept, tellOf('cold'));
    const fromCold = await removeFromCold(take, claims, coldPlan, signal, (bytes) => report.did(1, bytes));
    if (unknown === undefined) await writeFinds(records, 'cold', coldPlan.wait);
    const kept = removed.kept > 0 ? ` ${removed.kept} were stored again meanwhile and stay;` : '';
    return `Removed ${countOf(removed.removed, 'object')} from hot and ${fromCold} from cold;${kept} ${waiting}${left}`;
  };
}

const planned = ({ sha, sizeBytes }: SweepCandidate, tier: string) => ({
  item: sha,
  bytes: sizeBytes,
  reason: `no kept commit reaches it in ${tier}`,
});

async function removeFromCold(
  take: (swept: SweepCandidate) => Promise<boolean>,
  claims: Claims,
  plan: SweepPlan,
  signal: AbortSignal,
  did: (bytes: number) => void,
): Promise<number> {
  let removed = 0;
  for (const swept of plan.remove) {
    signal.throwIfAborted();
    const shared = await claims.share(archivingKey(swept.sha), signal, () => take(swept));
    if (shared.kind === 'did' && shared.result) removed += 1;
    did(swept.sizeBytes);
  }
  return removed;
}

/** An object that is in hot again belongs to a commit under way, which relies on its copy in cold. Who puts it later finds the
 *  claim, and no proof after that. */
async function takeFromCold(
  { hot, cold, index }: Pick<TierIo, 'hot' | 'cold' | 'index'>,
  swept: SweepCandidate,
  tell: (swept: SweepCandidate) => Promise<void>,
): Promise<boolean> {
  const { sha } = swept;
  const record = await index.get(objectKey(sha));
  if ((await hot.stat(sha)).kind === 'present') return false;
  // The record goes first: what a crash leaves is a copy that nobody counts on.
  if (record && !(await index.delete(objectKey(sha), record.revision))) return false;
  await cold.delete(sha);
  // Under the claim too: who archives the same bytes next tells of that after this.
  await tell(swept);
  return true;
}

/** Totals are counted by events: one that a crash swallows leaves a count too high until the read model is made anew. */
function sweptEvent(
  { tenant, clock }: Pick<TierIo, 'tenant' | 'clock'>,
  { sha, sizeBytes }: SweepCandidate,
  tier: SweptTier,
  job: string,
): FsEvent {
  return {
    ...systemEnvelope(tenant, undefined, 'sweeper', isoTime(clock.now()), job),
    id: `swept-${tier}-${sha}-${job}`,
    type: 'ObjectSwept',
    payload: { sha, size: sizeBytes, tier },
  };
}

/** Each restore point is of a history that is here, or NATS has lost something.
 *  @returns that in words; undefined: the index knows all that cold does */
async function unknownRestorePoint({ cold }: Pick<TierIo, 'cold'>, reachable: Reachable): Promise<string | undefined> {
  for await (const key of cold.listDocuments(RESTORE_POINTS)) {
    const project = projectOfRestorePoint(key) ?? projectOfFormerPoint(key);
    if (!project) continue;
    let point: RestorePoint | undefined;
    try {
      point = await readPointAt(cold, key, project);
    } catch (error) {
      if (!(error instanceof RestorePointDamagedError)) throw error;
      return `its restore point of ${project} cannot be read; archive the project`;
    }
    if (point && !reachable.has(point.current.commit_sha)) {
      return `its restore point of ${project} is of no history that is here`;
    }
  }
  return undefined;
}
