// What tells a failure that one object has (its bytes are gone or damaged) from one that the tier has: the first is listed
// and the job goes on, the second ends the attempt, and time mends it.
import type { JobReport } from '../job/job-context.ts';
import type { OnUnreadable } from '../manifest/walk.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import type { RestorePoints } from '../tier/restore-points.ts';
import { isLostBytes } from '../tier/unproven-files.ts';

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
    if (!isLostBytes(error)) throw error;
    report.fail({ item: item.name, sha: item.sha, reason: error.message });
    return undefined;
  }
}

/** Lists parts of manifests and histories that no tier has intact, each once, so that what is beside them is looked at. */
export class LostParts {
  readonly #report: JobReport;
  readonly #listed = new Set<Sha>();

  constructor(report: JobReport) {
    this.#report = report;
  }

  add(sha: Sha): void {
    if (this.#listed.has(sha)) return;
    this.#listed.add(sha);
    const reason = 'no tier has this part of the manifest or history intact: what it names was not looked at';
    this.#report.fail({ item: sha, sha, reason });
  }

  readonly onUnreadable: OnUnreadable = (sha, error) => {
    if (!isLostBytes(error)) throw error;
    this.add(sha);
  };
}

/** Moves a project's restore point; where a part of the manifest or history is lost it stays, and that is listed. */
export async function advanceListing(
  report: JobReport,
  points: Pick<RestorePoints, 'advance'>,
  project: ProjectName,
  signal: AbortSignal,
): Promise<void> {
  try {
    await points.advance(project, signal);
  } catch (error) {
    if (!isLostBytes(error)) throw error;
    report.fail({ item: project, sha: error.sha, reason: `its restore point stays where it is: ${error.message}` });
  }
}
