// The events of a job: that it began, and what came of it. Their ids follow from the job, so that told twice is told once.
import { isoTime } from '../model/clock.ts';
import type { FsEvent } from '../model/event.ts';
import { shaOf, type Tenant } from '../model/ids.ts';
import { isOver, type Job, projectOf } from '../model/job.ts';
import type { EventLog } from '../store/event-log.ts';

/** @throws StoreUnavailableError */
export async function tellJob(events: Pick<EventLog, 'publish'>, tenant: Tenant, job: Job): Promise<void> {
  await events.publish([eventOf(tenant, job)]);
}

function eventOf(tenant: Tenant, job: Job): FsEvent {
  const project = projectOf(job.task);
  const trace = shaOf(job.id);
  const envelope = {
    ts: job.ended ?? job.started ?? isoTime(Date.parse(job.created)),
    tenant,
    ...(project === undefined ? {} : { project }),
    // Who stopped it is who has to be asked about it; who wanted it is in the record and in the event of its start.
    actor: (job.state === 'cancelled' && job.cancel?.actor) || job.actor,
    trace: { traceparent: `00-${trace.slice(0, 32)}-${trace.slice(32, 48)}-01`, correlation_id: job.id },
  };
  const payload = { job: job.id, kind: job.task.kind };
  if (!isOver(job)) return { ...envelope, id: `job-${job.id}-started`, type: 'JobStarted', payload };
  if (job.state === 'done') return { ...envelope, id: `job-${job.id}-finished`, type: 'JobFinished', payload };
  return {
    ...envelope,
    id: `job-${job.id}-failed`,
    type: 'JobFailed',
    payload: { ...payload, error: job.sentence, ...(job.state === 'cancelled' && { cancelled: true }) },
  };
}
