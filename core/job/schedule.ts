// Asks for jobs at their times. A slot's job has an id that follows from the slot, and a record is made only where there is
// none: of all servers one asks first, the others find it there. So no leader is needed, and none can be lost.
import type { Clock } from '../model/clock.ts';
import type { Actor } from '../model/commit.ts';
import type { JobTask } from '../model/job.ts';
import { slotJobId } from './job-id.ts';
import { type JobRecords, requestJob } from './jobs.ts';

export interface Schedule {
  readonly task: JobTask;
  readonly everyMs: number;
  /** asked before each; absent: always */
  readonly isWanted?: () => Promise<boolean>;
}

export const SCHEDULER: Actor = { kind: 'system', id: 'schedule' };
/** Asked anew at least so often, because a record may have been removed with its stream. */
const LOOK_EVERY_MS = 60_000;

/** Runs until the signal aborts. */
export async function runSchedules(
  io: { readonly records: JobRecords; readonly clock: Clock },
  schedules: readonly Schedule[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const now = io.clock.now();
    let next = LOOK_EVERY_MS;
    for (const { task, everyMs, isWanted } of schedules) {
      const slot = Math.floor(now / everyMs) * everyMs;
      next = Math.min(next, slot + everyMs - now);
      if (isWanted && !(await isWanted())) continue;
      await requestJob(io.records, { task, actor: SCHEDULER, id: slotJobId(task.kind, slot) }, now);
    }
    await io.clock.sleep(Math.max(1, next), signal).catch(() => undefined);
  }
}
