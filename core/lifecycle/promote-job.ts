// Brings a project, a directory or single files back to hot. *strict*: it is done when every object was read and verified in
// hot. *fast*: the project counts as hot at once, and reads fall through to cold while this fills hot behind them.
import { countOf } from '../job/count-of.ts';
import type { JobHandler } from '../job/job-context.ts';
import { isoTime } from '../model/clock.ts';
import type { Sha } from '../model/ids.ts';
import { partsOf } from '../model/job.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../store/store-errors.ts';
import { systemEnvelope } from '../tier/archive-object.ts';
import { transferAtOnce } from '../tier/at-once.ts';
import { filesIn } from '../tier/files-in.ts';
import { writeTier } from '../tier/project-tier.ts';
import type { Rehydrator } from '../tier/rehydrate.ts';
import type { TierIo } from '../tier/tier-io.ts';
import { listingLostBytes } from './lost-bytes.ts';

export interface PromoteJobIo {
  readonly tiers: TierIo;
  readonly rehydrator: Rehydrator;
}

export function promoteJob({ tiers, rehydrator }: PromoteJobIo): JobHandler<'promote'> {
  return async ({ id, task, dryRun, signal, report }) => {
    const { project, mode } = task;
    const isWhole = partsOf(task) === undefined;
    if (!dryRun && isWhole && mode === 'fast') await writeTier(tiers.index, project, 'hot', tiers.clock.now());
    report.stage(`bringing back ${project}`);
    let objects = 0;
    let bytes = 0;
    await transferAtOnce(filesIn(tiers, task), signal, async ({ path, sha, size }) => {
      report.expect(1, size);
      if (dryRun) {
        const { kind } = await tiers.hot.stat(sha);
        if (kind === 'absent') report.plan({ item: path, bytes: size, reason: 'it is only in cold' });
      } else {
        const result = await listingLostBytes(report, { name: path, sha }, async () => {
          const found = await rehydrator.rehydrate(sha, project, signal);
          // What was just put was verified on its way in.
          if (mode === 'strict' && found.kind === 'there') await verify(tiers, rehydrator, sha, project, signal);
          return found;
        });
        if (result?.kind === 'rehydrated') {
          objects += 1;
          bytes += size;
        }
      }
      report.did(1, size);
    });
    if (dryRun) return `Would bring back ${countOf(report.planned.items, 'file')}.`;
    if (isWhole && mode === 'strict' && report.failed === 0) {
      await writeTier(tiers.index, project, 'hot', tiers.clock.now());
    }
    await tiers.events.publish([
      {
        ...systemEnvelope(tiers.tenant, project, 'promoter', isoTime(tiers.clock.now()), id),
        id: `project-promoted-${id}`,
        type: 'ProjectPromoted',
        payload: { objects, bytes },
      },
    ]);
    return `Brought back ${countOf(objects, 'file')}; the others were in hot.`;
  };
}

/** Reads what hot has to its end; a damaged copy is replaced by the one in cold. One that goes meanwhile, because it is replaced
 *  for another path of the same bytes, is fetched, which verifies it. */
async function verify(
  { hot }: TierIo,
  rehydrator: Rehydrator,
  sha: Sha,
  project: Parameters<Rehydrator['rehydrate']>[1],
  signal: AbortSignal,
): Promise<void> {
  try {
    await readToEnd(hot, sha, signal);
  } catch (error) {
    if (error instanceof ObjectAbsentError) await rehydrator.rehydrate(sha, project, signal);
    else if (error instanceof ObjectCorruptError) await rehydrator.replace(sha, project, signal);
    else throw error;
  }
}

export async function readToEnd(hot: Pick<ObjectStore, 'get'>, sha: Sha, signal: AbortSignal): Promise<void> {
  for await (const _ of (await hot.get(sha, { signal })).bytes) signal.throwIfAborted();
}
