// Ends the history of jobs: records of those that ended long ago go, so that listing them stays quick. That they ran is in the
// event stream for as long as that is kept.
import { jobKey } from '../model/index-keys.ts';
import { isOver, jobSchema } from '../model/job.ts';
import type { KeyValue } from '../store/key-value.ts';
import { jobTime } from './job-id.ts';

/** @param endedBefore  milliseconds since 1970
 *  @returns how many records went */
export async function purgeJobs(
  records: Pick<KeyValue, 'get' | 'keys' | 'delete'>,
  endedBefore: number,
): Promise<number> {
  const old: string[] = [];
  for await (const key of records.keys(jobKey('*'))) {
    const id = key.slice(jobKey('').length);
    // What was asked for later ended later: most records are not read.
    if (jobTime(id) < endedBefore) old.push(id);
  }
  let purged = 0;
  for (const id of old) {
    const entry = await records.get(jobKey(id));
    if (!entry) continue;
    // What a newer version wrote is left to it.
    const { data: job } = jobSchema.safeParse(JSON.parse(Buffer.from(entry.value).toString('utf8')));
    if (!job) continue;
    // An end that is not told yet is told first.
    const isDue = isOver(job) && job.told && job.ended !== undefined && Date.parse(job.ended) < endedBefore;
    if (isDue && (await records.delete(jobKey(id), entry.revision))) purged += 1;
  }
  return purged;
}
