// What tells a failure that one object has (its bytes are gone or damaged) from one that the tier has: the first is listed
// and the job goes on, the second ends the attempt, and time mends it.
import type { JobReport } from '../job/job-context.ts';
import type { Sha } from '../model/ids.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../store/store-errors.ts';

/** Runs what concerns one object; a failure of that object alone is listed.
 *  @returns undefined where it failed
 *  @throws what is not about this object */
export async function listingLostBytes<T>(
  report: JobReport,
  item: { readonly name: string; readonly sha: Sha },
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ObjectAbsentError || error instanceof ObjectCorruptError)) throw error;
    report.fail({ item: item.name, sha: item.sha, reason: error.message });
    return undefined;
  }
}
