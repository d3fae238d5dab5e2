// Asks for jobs at their times. A slot's job has an id that follows from the slot, and a record is made only where there is
// none: of all servers one asks first, the others find it there. So no leader is needed, and none can be lost.
import type { Clock } from '../model/clock.ts';
import type { Actor } from '../model/commit.ts';
import { jobKey } from '../model/index-keys.ts';
import type { JobTask } from '../model/job.ts';
import type { Log } from '../model/log.ts';
import { slotJobId } from './job-id.ts';
import { type JobRecords, requestJob } from './jobs.ts';

export interface Schedule {
  readonly task: JobTask;
  readonly everyMs: number;
  /** asked once a slot that has no job yet; absent: always */
  readonly isWanted?: () => Promise<boolean>;
}

export const SCHEDULER: Actor = { kind: 'system', id: 'schedule' };
/** Asked anew at least so often, because a record may have been removed with its stream. */
const LOOK_EVERY_MS = 60_000;

export interface ScheduleIo {
  readonly records: JobRecords;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs until the signal aborts. */
export async function runSchedules(io: ScheduleIo, schedules: readonly Schedule[], signal: AbortSignal): Promise<void> {
  /** slots for which there is to be no job */
  const unwanted = new Map<Schedule, number>();
  while (!signal.aborted) {
    const now = io.clock.now();
    let next = LOOK_EVERY_MS;
    for (const schedule of schedules) {
      const { task, everyMs } = schedule;
      const slot = Math.floor(now / everyMs) * everyMs;
      next = Math.min(next, slot + everyMs - now);
      if (unwanted.get(schedule) === slot) continue;
      // What keeps one from being asked for keeps no other.
      await askFor(io, schedule, slot).then(
        (asked) => asked === 'unwanted' && unwanted.set(schedule, slot),
        (error: unknown) => io.log.warn({ error, task }, `the job ${task.kind} could not be scheduled yet`),
      );
    }
    await io.clock.sleep(Math.max(1, next), signal).catch(() => undefined);
  }
}

async function askFor(
  { records, clock }: ScheduleIo,
  { task, isWanted }: Schedule,
  slot: number,
): Promise<'there' | 'unwanted'> {
  const id = slotJobId(task.kind, slot);
  if (await records.get(jobKey(id))) return 'there';
  if (isWanted && !(await isWanted())) return 'unwanted';
  await requestJob(records, { task, actor: SCHEDULER, id }, clock.now());
  return 'there';
}
