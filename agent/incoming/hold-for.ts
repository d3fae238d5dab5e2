// Why a path that is behind cannot land yet, in words for a person, and until when it is held: until the local edit in its
// way is settled, or for a while when its bytes, the disk or its name are the trouble.
import { isFile } from '../../core/model/entry.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { ObjectAbsentError, ObjectCorruptError, type StoreUnavailableError } from '../../core/store/store-errors.ts';
import { isDiskFull, writeFault } from '../disk/disk-error.ts';
import { isOnlyIgnored } from '../ignore/in-the-way.ts';
import type { Site } from '../site.ts';
import type { FromCold } from './from-cold.ts';
import type { Holds } from './holds.ts';
import { NoRoomError } from './part.ts';

export interface HoldIo {
  readonly site: Site;
  readonly holds: Holds;
  /** undefined: nobody brings back what only cold has */
  readonly fromCold: FromCold | undefined;
  /** the disk holds something else here than the base says */
  localEdit(path: RelPath): void;
}

export const RETRY_MS = 5_000;
/** A local edit is committed in milliseconds; only one that cannot be read keeps a path waiting longer. */
const LOCAL_RETRY_MS = 1_000;

/** Of what is to come, and of nothing that is here. */
const ARRIVAL_PROBLEMS = ['object-missing', 'object-corrupt', 'case-collision', 'disk-full', 'write-failed'] as const;
export const APPLY_PROBLEMS = [...ARRIVAL_PROBLEMS, 'name-too-long', 'unreadable'] as const;

/** @returns false when something else than ignored files lies at `at` */
export function holdBehindIgnored({ site, holds }: HoldIo, path: RelPath, at: RelPath): boolean {
  if (!isOnlyIgnored(site, at)) return false;
  const reason = `Ignored files lie in its place, at ${at}: move them out, and it comes.`;
  site.problems.set(path, 'write-failed', reason, { retryInMs: RETRY_MS });
  holds.hold(path, site.clock.now() + RETRY_MS, path);
  return true;
}

/** Who does not know the rules yet deletes nothing that they may name. @param rules  the file that is to come */
export function holdForRules({ site, holds }: HoldIo, path: RelPath, rules: RelPath): void {
  const reason = `It is deleted from the project, and stays here until ${rules} has come, which may ignore it.`;
  site.problems.set(path, 'write-failed', reason, { retryInMs: RETRY_MS });
  holds.hold(path, site.clock.now() + RETRY_MS, rules);
}

/** Nothing is to come to this path any more: nor can it fail to. */
export function endProblem({ site }: Pick<HoldIo, 'site'>, path: RelPath): void {
  if (site.problems.at(path) && !site.state.behind.at(path)) site.problems.clearIf(path, ARRIVAL_PROBLEMS);
}

/** I8: the local edit at `edited` goes first; after it is committed or settled, this path is tried again. */
export function waitForLocal({ site, holds, localEdit }: HoldIo, path: RelPath, edited: RelPath): void {
  holds.hold(path, site.clock.now() + LOCAL_RETRY_MS, edited);
  localEdit(edited);
}

/** A failure of this path is a problem of this path.
 *  @returns false when it is everyone's, and has to be thrown on */
export function holdFor({ site, holds, fromCold }: HoldIo, path: RelPath, error: unknown): boolean {
  const { problems, clock } = site;
  const hold = () => {
    holds.hold(path, clock.now() + RETRY_MS, path);
    return RETRY_MS;
  };
  if (error instanceof ObjectAbsentError && error.tier === 'hot' && fromCold) {
    if (fromCold.isBroken(path, error.sha)) {
      const reason = `${missing(error)} A server says that they are there: it is asked again.`;
      problems.set(path, 'object-missing', reason, { retryInMs: holds.holdLonger(path, clock.now()) });
    } else fromCold.add(path, error.sha);
    return true;
  }
  if (error instanceof ObjectAbsentError || error instanceof ObjectCorruptError) {
    // Each try of what is wrong in cold too asks a server.
    const retryInMs = error.tier === 'cold' ? holds.holdLonger(path, clock.now()) : hold();
    if (error instanceof ObjectAbsentError) problems.set(path, 'object-missing', missing(error), { retryInMs });
    else problems.set(path, 'object-corrupt', `${error.message}: repair the project.`, { retryInMs });
    return true;
  }
  if (error instanceof NoRoomError) {
    // Smaller ones may fit.
    const [needed, free] = [inMb(error.neededBytes), inMb(error.freeBytes)];
    const reason = `It needs ${needed} MB more and the disk has ${free} MB free: free some space.`;
    problems.set(path, 'disk-full', reason, { retryInMs: hold() });
    return true;
  }
  const fault = writeFault(error);
  if (!fault) return false;
  problems.set(path, fault.code, fault.reason, { retryInMs: hold() });
  return !isDiskFull(error);
}

/** Only who looked into cold knows that no tier has it. */
function missing({ sha, tier }: ObjectAbsentError): string {
  const bytes = `Its bytes (${sha.slice(0, 12)})`;
  if (tier !== 'cold') return `${bytes} are not in hot: rehydrate it.`;
  return `${bytes} are in no tier: repair the project, or save the file again on a node that has it.`;
}

/** What only cold has cannot be had now. */
export function sayOnlyInCold(
  { problems, state }: Site,
  path: RelPath,
  { detail }: StoreUnavailableError,
  retryInMs: number,
): void {
  const entry = state.behind.at(path)?.entry;
  const bytes = entry && isFile(entry) ? `Its bytes (${entry.sha.slice(0, 12)})` : 'Its bytes';
  problems.set(
    path,
    'object-missing',
    `${bytes} are only in cold, which a server has to bring back, and cannot be had now: ${detail}.`,
    { retryInMs },
  );
}

const inMb = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
