// The first read of a project that was taken off brings it back: all of it, by a job that fills hot behind the read, unless its
// policy wants back only what is read. The record that says that the project is cold names the job first, by compare-and-swap,
// then there is the job, and then the project is not cold any more: so of many readers one asks, and where one is cut off,
// the next read goes on.
import { readPolicy } from '../commit/policy.ts';
import { newJobId } from '../job/job-id.ts';
import { type JobRecords, requestJob } from '../job/jobs.ts';
import { type Clock, isoTime } from '../model/clock.ts';
import type { Actor } from '../model/commit.ts';
import type { ProjectName } from '../model/ids.ts';
import type { Log } from '../model/log.ts';
import type { KeyValue } from '../store/key-value.ts';
import { moveTier, seeTier, type TierAt } from '../tier/project-tier.ts';

export interface FirstReadIo {
  readonly index: Pick<KeyValue, 'get' | 'compareAndSet'>;
  readonly jobs: JobRecords;
  readonly clock: Clock;
  readonly log: Log;
}

export const FIRST_READ: Actor = { kind: 'system', id: 'first-read' };

export type FirstRead =
  | { readonly kind: 'asked'; readonly job: string }
  /** it is not cold, or somebody else was first, or its policy wants only what is read */
  | { readonly kind: 'nothing' };

/** To be called when a file of the project was read and hot did not have it.
 *  @throws StoreUnavailableError  the next read tries again */
export async function promoteOnFirstRead(io: FirstReadIo, project: ProjectName): Promise<FirstRead> {
  const now = io.clock.now();
  const seen = await seeTier(io.index, project);
  if (seen?.tier.tier !== 'cold') return { kind: 'nothing' };
  if ((await readPolicy(io.index, project)).first_read !== 'promote') return { kind: 'nothing' };
  const named = await naming(io, project, seen, newJobId(now));
  if (!named) return { kind: 'nothing' };
  const asked = await requestJob(
    io.jobs,
    { task: { kind: 'promote', mode: 'fast', project }, actor: FIRST_READ, id: named.id },
    now,
  );
  await moveTier(io.index, project, named, { tier: 'hot', since: isoTime(now) });
  if (asked.kind === 'exists') return { kind: 'nothing' };
  io.log.info(
    { project, job: named.id },
    `${project} was read first since it was taken off: job ${named.id} brings it back`,
  );
  return { kind: 'asked', job: named.id };
}

/** @returns what the record names now, the job of who was cut off before if there is one; undefined: somebody else was first */
async function naming(
  { index }: FirstReadIo,
  project: ProjectName,
  seen: TierAt,
  id: string,
): Promise<{ readonly id: string; readonly revision: number } | undefined> {
  if (seen.tier.job !== undefined) return { id: seen.tier.job, revision: seen.revision };
  const named = await moveTier(index, project, seen, { ...seen.tier, job: id });
  return named && { id, revision: named.revision };
}
