// Reads a project's restore point from cold, and says so when what lies there is none.
import type { ProjectName } from '../model/ids.ts';
import { decodeRestorePoint, type RestorePoint, restorePointKey } from '../model/restore-point.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import type { TierIo } from './tier-io.ts';

/** @returns undefined: it has none
 *  @throws RestorePointDamagedError, StoreUnavailableError */
export async function readRestorePoint(
  cold: Pick<TierIo['cold'], 'getDocument'>,
  project: ProjectName,
): Promise<RestorePoint | undefined> {
  return readPointAt(cold, restorePointKey(project), project);
}

/** One that cannot be read is as none: it is written anew when it moves next. */
export async function readableRestorePoint(
  cold: Pick<TierIo['cold'], 'getDocument'>,
  project: ProjectName,
): Promise<RestorePoint | undefined> {
  try {
    return await readRestorePoint(cold, project);
  } catch (error) {
    if (error instanceof RestorePointDamagedError) return undefined;
    throw error;
  }
}

/** @param key  of its restore point, or of a former one */
export async function readPointAt(
  cold: Pick<TierIo['cold'], 'getDocument'>,
  key: string,
  project: ProjectName,
): Promise<RestorePoint | undefined> {
  const bytes = await cold.getDocument(key);
  if (!bytes) return undefined;
  try {
    return decodeRestorePoint(bytes);
  } catch (cause) {
    throw new RestorePointDamagedError(project, { cause });
  }
}

/** It may be damaged only on its way here; else it is written anew when the project's archive is looked at next. Where the
 *  project is not there any more, an older version of the document is what helps, if its bucket keeps these. */
export class RestorePointDamagedError extends StoreUnavailableError {
  override name = 'RestorePointDamagedError';
  constructor(project: ProjectName, options: ErrorOptions) {
    super('cold', `the restore point of ${project} cannot be read: archive the project`, options);
  }
}
