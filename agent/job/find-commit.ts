// Finds the commit that a person names: all of its sha, or its beginning where that is one commit of the project's history.
import { readCommit, walkChain } from '../../core/commit/chain.ts';
import type { CommitIo } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { InvalidValueError, type ProjectName, parseSha, quote, type Sha } from '../../core/model/ids.ts';
import { ObjectAbsentError } from '../../core/store/store-errors.ts';

export interface FoundCommit {
  readonly commitSha: Sha;
  readonly manifestSha: Sha;
}

/** As short as a person may write it. */
const MIN_DIGITS = 6;
/** Of one among several: so many digits at least, and so many of them. */
const TOLD_DIGITS = 12;
const MOST_TOLD = 5;

/** @param named  undefined: what is current
 *  @throws InvalidValueError  there is no such project or commit; the message says what to give */
export async function findCommit(
  io: Pick<CommitIo, 'objects' | 'index'>,
  project: ProjectName,
  named: string | undefined,
): Promise<FoundCommit> {
  const at = await readCurrent(io.index, project);
  if (!at) throw missingProject(project);
  const { commit_sha, manifest_sha } = at.current;
  if (named === undefined) return { commitSha: commit_sha, manifestSha: manifest_sha };
  checkNamed(project, named);
  if (named.length === 64) {
    const found = await named64(io, project, parseSha(named));
    if (found) return found;
  }
  const found: FoundCommit[] = [];
  for await (const { sha, commit } of walkChain(io.objects, commit_sha)) {
    if (sha.startsWith(named)) found.push({ commitSha: sha, manifestSha: commit.manifest_sha });
  }
  return onlyCommit(project, named, found, ({ commitSha }) => commitSha);
}

/** @throws InvalidValueError  no commit is written so */
export function checkNamed(project: ProjectName, named: string): void {
  if (named.length >= MIN_DIGITS && /^[0-9a-f]{1,64}$/.test(named)) return;
  throw new InvalidValueError(
    `${quote(named)} is not a commit: give its id, or at least its first ${MIN_DIGITS} hex digits (${lookAt(project)})`,
  );
}

/** @param found  all that begin as it is named
 *  @throws InvalidValueError  they are not one */
export function onlyCommit<T>(project: ProjectName, named: string, found: readonly T[], shaOf: (one: T) => Sha): T {
  const [first, second] = found;
  if (first === undefined) throw new InvalidValueError(`project ${project} has no commit ${named}: ${lookAt(project)}`);
  if (second === undefined) return first;
  const digits = Math.max(TOLD_DIGITS, named.length + 4);
  const told = found.slice(0, MOST_TOLD).map((one) => shaOf(one).slice(0, digits));
  const more = found.length > MOST_TOLD ? ` and ${found.length - MOST_TOLD} more` : '';
  throw new InvalidValueError(
    `${named} is the beginning of ${found.length} commits, ${told.join(', ')}${more}: give more digits (${lookAt(project)})`,
  );
}

/** Without walking through the history. A commit from before the project got its name is found by that. */
async function named64(
  io: Pick<CommitIo, 'objects'>,
  project: ProjectName,
  sha: Sha,
): Promise<FoundCommit | undefined> {
  try {
    const commit = await readCommit(io.objects, sha);
    return commit.project === project ? { commitSha: sha, manifestSha: commit.manifest_sha } : undefined;
  } catch (error) {
    if (error instanceof ObjectAbsentError) return undefined;
    throw new InvalidValueError(`${sha} cannot be read as a commit: give the id of one`, { cause: error });
  }
}

const lookAt = (project: ProjectName): string => `npx fs-sync history ${project} lists them`;

export const missingProject = (project: ProjectName): InvalidValueError =>
  new InvalidValueError(
    `there is no project ${project}: give the name of one that exists (npx fs-sync project list), or create it first`,
  );
