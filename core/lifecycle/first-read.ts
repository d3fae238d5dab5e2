// The first read of a project that was taken off brings it back: all of it, by a job that fills hot behind the read, unless its
// policy wants back only what is read. Of many readers one asks for the job, because the record that says that the project
// is cold is moved by compare-and-swap; who loses power in between leaves files that come back with their own reads.
import { readPolicy } from '../commit/policy.ts';
import { type JobRecords, requestJob } from '../job/jobs.ts';
import type { Clock } from '../model/clock.ts';
import type { Actor } from '../model/commit.ts';
import type { ProjectName } from '../model/ids.ts';
import type { Log } from '../model/log.ts';
import type { KeyValue } from '../store/key-value.ts';
import { takeBackToHot } from '../tier/project-tier.ts';

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
  const isFirst = await takeBackToHot(io.index, project, now, async () => {
    return (await readPolicy(io.index, project)).first_read === 'promote';
  });
  if (!isFirst) return { kind: 'nothing' };
  const { job } = await requestJob(
    io.jobs,
    { task: { kind: 'promote', mode: 'fast', project }, actor: FIRST_READ },
    now,
  );
  io.log.info(
    { project, job: job.id },
    `${project} was read first since it was taken off: job ${job.id} brings it back`,
  );
  return { kind: 'asked', job: job.id };
}
