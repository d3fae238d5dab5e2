// Looks at one object in both tiers and makes what is missing or damaged in one from what is good in the other, or from a
// node that has the file. Nothing is thrown away before a good copy is at hand (I3).

import type { ProjectName, Sha } from '../model/ids.ts';
import type { ObjectRecord } from '../model/object-record.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';
import type { ObjectArchiver } from './archive-object.ts';
import { coldIsDamaged, coldIsGood, tellDamage } from './cold-damage.ts';
import { type CopyState, stateOf } from './copy-state.ts';
import { expectedCopy, readRecord } from './object-records.ts';
import type { Rehydrator } from './rehydrate.ts';
import type { TierIo } from './tier-io.ts';

/** Asks nodes for the bytes of an object that no tier has. */
export interface Wanted {
  /** @returns a node says that it has a file with these bytes */
  isHeld(sha: Sha, project: ProjectName): Promise<boolean>;
  /** Asks one that has it to put it into hot. @returns it did */
  put(sha: Sha, project: ProjectName): Promise<boolean>;
}

/** What a node says of the files of its workspaces. */
export interface Holder {
  holds(project: ProjectName, sha: Sha): boolean;
  /** Verified on its way, as every put. @returns false when no file has these bytes any more */
  putAgain(project: ProjectName, sha: Sha): Promise<boolean>;
}

export interface HealIo {
  readonly tiers: TierIo;
  readonly archiver: ObjectArchiver;
  readonly rehydrator: Rehydrator;
  readonly wanted: Wanted;
}

export interface HealedObject {
  readonly sha: Sha;
  readonly sizeBytes: number;
  readonly project: ProjectName;
}

export type HealResult =
  | { readonly kind: 'good' }
  /** in words: what was done */
  | { readonly kind: 'healed'; readonly what: string }
  | { readonly kind: 'lost'; readonly reason: string };

/** @param how.thorough  reads the copy in cold too, where a HEAD would do
 *  @param how.dryRun  says what it would do
 *  @throws StoreUnavailableError  unknown is neither good nor lost */
export async function heal(
  io: HealIo,
  object: HealedObject,
  how: { readonly thorough: boolean; readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<HealResult> {
  const { tiers } = io;
  const { sha, sizeBytes } = object;
  const record = await readRecord(tiers.index, sha);
  const hot = await stateOf(() => tiers.hot.get(sha, { signal: how.signal }));
  const isEvicted = hot === 'absent' && record?.evicted !== undefined;
  const cold = await coldState(tiers, object, record, { ...how, isOnlyCopy: hot !== 'good', isEvicted });
  if (!how.dryRun) {
    if (cold === 'damaged') await coldIsDamaged(tiers, object);
    await tellDamage(tiers, object, { hot });
  }
  if (cold === 'good' && (hot === 'good' || isEvicted)) return { kind: 'good' };
  if (hot === 'good') {
    return doing(how.dryRun, 'archived from hot', () => archiveAnew(io, object, how.signal));
  }
  if (cold === 'good') {
    return doing(how.dryRun, 'brought back from cold', () =>
      hot === 'damaged'
        ? io.rehydrator.replace(sha, object.project, how.signal)
        : io.rehydrator.rehydrate(sha, object.project, how.signal),
    );
  }
  if (!(await io.wanted.isHeld(sha, object.project))) {
    return {
      kind: 'lost',
      reason: `no tier has its ${sizeBytes} bytes intact, and no node that is online has the file`,
    };
  }
  return doing(how.dryRun, 'put again by a node', async () => {
    if (hot === 'damaged') await removeDamaged(tiers.hot, sha, how.signal);
    if (!(await io.wanted.put(sha, object.project))) throw new ObjectAbsentError(sha, 'hot');
    await archiveAnew(io, object, how.signal);
  });
}

/** Somebody may have put it anew since it was read: it is looked at once more, and what is put from then on stays (I5). */
async function removeDamaged(hot: TierIo['hot'], sha: Sha, signal: AbortSignal): Promise<void> {
  const stat = await hot.stat(sha);
  if (stat.kind === 'absent' || (await stateOf(() => hot.get(sha, { signal }))) !== 'damaged') return;
  await hot.delete(sha, { untouchedSince: stat.touchedAt });
}

async function doing(dryRun: boolean, what: string, work: () => Promise<unknown>): Promise<HealResult> {
  if (!dryRun) await work();
  return { kind: 'healed', what };
}

/** What lies under the key is replaced by a put, in one step. Nobody evicts meanwhile: who begins finds no copy in cold, or
 *  none that is believed, and who has begun finds the copy in hot touched (I5). */
async function archiveAnew(
  { archiver, tiers }: HealIo,
  { sha, sizeBytes, project }: HealedObject,
  signal: AbortSignal,
): Promise<void> {
  const { hot } = tiers;
  const itself = async function* () {
    yield* (await hot.get(sha, { signal })).bytes;
  };
  await hot.put(sha, sizeBytes, itself, { signal });
  await archiver.archive({ sha, sizeBytes, project }, signal, 'nothing');
}

interface LookAtCold {
  readonly thorough: boolean;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** hot has no good one */
  readonly isOnlyCopy: boolean;
  readonly isEvicted: boolean;
}

/** A HEAD is enough where it agrees with the record, and where a wrong no only costs a put. Else reading tells: an ETag that
 *  is not the recorded one may be another put's of the same bytes, or the server's own after a new encryption. */
async function coldState(
  tiers: TierIo,
  { sha, sizeBytes }: HealedObject,
  record: ObjectRecord | undefined,
  { thorough, dryRun, signal, isOnlyCopy, isEvicted }: LookAtCold,
): Promise<CopyState> {
  const { cold } = tiers;
  const recorded = record?.cold;
  // Whatever lies there, nobody knows it to be right, and putting it costs no more than reading it.
  if (!recorded && !isOnlyCopy) return 'absent';
  const check = await cold.check(sha, { sizeBytes, ...expectedCopy(recorded) });
  const agrees = check.kind === 'proven' && recorded !== undefined && !recorded.unread;
  if (check.kind === 'absent' && !isOnlyCopy) return 'absent';
  if (agrees && !thorough && (isEvicted || !isOnlyCopy)) return 'good';
  const state = await stateOf(() => cold.get(sha, { sizeBytes, signal }));
  const isNews = recorded ? !agrees : record?.cold_damaged !== undefined;
  if (state !== 'good' || dryRun || !isNews) return state;
  await coldIsGood(tiers, { sha, sizeBytes });
  return state;
}
