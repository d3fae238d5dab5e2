// `fs-sync cold adopt`: says that the cold storage of these settings is the one from now on, where the records speak of
// another, and asks for a reconcile that archives everything there. It needs the keys to cold, so it runs where a server would.
import { resolve } from 'node:path';
import { natsAuditLog } from '../../core/audit/nats-audit-log.ts';
import { requestJob } from '../../core/job/jobs.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import { systemClock } from '../../core/model/clock.ts';
import { quote } from '../../core/model/ids.ts';
import { commonEnv, type Env, natsEnv, readEnv, s3Env } from '../../core/settings/env.ts';
import { processLog } from '../../core/settings/process-log.ts';
import { whichNats } from '../../core/settings/which-nats.ts';
import { connectNats } from '../../core/store/nats-connect.ts';
import { natsEventLog } from '../../core/store/nats-event-log.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { indexBucket, jobsBucket } from '../../core/store/nats-names.ts';
import { natsObjectStore } from '../../core/store/nats-object-store.ts';
import { tenantLayout } from '../../core/store/nats-setup.ts';
import { coldPlace, openCold } from '../../core/store/open-cold.ts';
import { type AdoptOutcome, adoptCold } from '../../core/tier/adopt-cold.ts';
import { onRecord } from '../audit/on-record.ts';
import { thisPerson } from '../job/person.ts';

const FILES_SHOWN = 20;

/** @returns what to print; @throws SettingsError, StoreUnavailableError  NATS or cold does not answer */
export async function adoptColdCommand(args: { readonly json?: boolean }, env: Env = process.env): Promise<string> {
  const read = readEnv({ ...commonEnv, ...natsEnv, ...s3Env }, env);
  const settings = { ...read, FS_DATA_DIR: resolve(read.FS_DATA_DIR) };
  const tenant = settings.FS_TENANT;
  const log = processLog('cold-adopt', settings.LOG_LEVEL === 'info' ? 'warn' : settings.LOG_LEVEL);
  const cold = await openCold(settings);
  const place = coldPlace(settings);
  const link = await connectNats({ ...whichNats(settings), name: 'fs-sync-cold-adopt', log });
  try {
    const hot = natsObjectStore(link, tenant, await tenantLayout(link, tenant));
    const index = natsKeyValue(link, indexBucket(tenant));
    const events = natsEventLog(link, tenant);
    const io = { tenant, hot, cold, nodes: objectNodes(hot), index, events, clock: systemClock, log };
    const outcome = await adoptCold(io, place);
    if (outcome.kind === 'own')
      return args.json ? JSON.stringify(outcome) : `Nothing to do: the records speak of ${place}.`;
    const jobs = natsKeyValue(link, jobsBucket(tenant));
    const actor = thisPerson();
    const task = { kind: 'reconcile' } as const;
    const { job } = await onRecord({
      log: natsAuditLog(link, tenant),
      index,
      clock: systemClock,
      processLog: log,
      actor,
    })(
      'job.start',
      { asked: { task, adopted: place } },
      () => requestJob(jobs, { task, actor }, systemClock.now()),
      (asked) => ({ job: asked.job.id }),
    );
    return args.json ? JSON.stringify({ ...outcome, job: job.id }) : textOf(outcome, place, job.id);
  } finally {
    await link.close();
  }
}

function textOf(
  { toArchive, foundHere, lost }: Extract<AdoptOutcome, { kind: 'adopted' }>,
  place: string,
  job: string,
): string {
  const lines = [
    `The records speak of ${place} from now on. To archive anew from hot: ${toArchive}; only in cold, and found there: ${foundHere}.`,
    `Job ${job} archives them. Wait for it: npx fs-sync job show ${job}`,
  ];
  if (lost.length > 0) {
    lines.push(
      `In neither hot nor this cold storage, files: ${lost.length}. Keep the old cold storage until they are back:`,
    );
    for (const { project, path } of lost.slice(0, FILES_SHOWN)) lines.push(`  ${project}  ${quote(path)}`);
    if (lost.length > FILES_SHOWN) lines.push(`  and ${lost.length - FILES_SHOWN} more`);
    lines.push('A node may have them: npx fs-sync job start repair --project <project>');
  }
  return lines.join('\n');
}
