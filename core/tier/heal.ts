// Looks at one object in both tiers and makes what is missing or damaged in one from what is good in the other, or from a
// node that has the file. Nothing is thrown away before a good copy is at hand (I3).

import { isoTime } from '../model/clock.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import type { ObjectReader } from '../store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../store/store-errors.ts';
import { type ObjectArchiver, systemEnvelope } from './archive-object.ts';
import { readRecord } from './object-records.ts';
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

export type CopyState = 'good' | 'absent' | 'damaged';

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
  const cold = await coldState(tiers, object, record?.cold?.etag, how);
  if (!how.dryRun) await tellDamage(tiers, object, { hot, cold });
  const isEvicted = hot === 'absent' && record?.evicted !== undefined;
  if (cold === 'good' && (hot === 'good' || isEvicted)) return { kind: 'good' };
  if (hot === 'good') {
    return doing(how.dryRun, 'archived from hot', () => archiveAnew(io, object, cold, how.signal));
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
    if (hot === 'damaged') await tiers.hot.delete(sha);
    if (!(await io.wanted.put(sha, object.project))) throw new ObjectAbsentError(sha, 'hot');
    if (record?.cold) await archiveAnew(io, object, cold, how.signal);
  });
}

async function doing(dryRun: boolean, what: string, work: () => Promise<unknown>): Promise<HealResult> {
  if (!dryRun) await work();
  return { kind: 'healed', what };
}

/** What lies under the key is replaced by a put; S3 and the directory do that in one step. */
async function archiveAnew(
  { archiver, tiers }: HealIo,
  { sha, sizeBytes, project }: HealedObject,
  cold: CopyState,
  signal: AbortSignal,
): Promise<void> {
  // A copy that a HEAD takes for right is not written over by the archiver.
  if (cold === 'damaged') await tiers.cold.delete(sha);
  await archiver.archive({ sha, sizeBytes, project }, signal, { anew: true });
}

/** Reads to the end: only that proves bytes. */
export async function stateOf(open: () => Promise<ObjectReader>): Promise<CopyState> {
  try {
    for await (const _ of (await open()).bytes) {
      // The store verifies while it gives.
    }
    return 'good';
  } catch (error) {
    if (error instanceof ObjectAbsentError) return 'absent';
    if (error instanceof ObjectCorruptError) return 'damaged';
    throw error;
  }
}

async function coldState(
  { cold }: TierIo,
  { sha, sizeBytes }: HealedObject,
  etag: string | undefined,
  { thorough, signal }: { readonly thorough: boolean; readonly signal: AbortSignal },
): Promise<CopyState> {
  const check = await cold.check(sha, { sizeBytes, ...(etag === undefined ? {} : { etag }) });
  if (check.kind === 'absent') return 'absent';
  // An ETag that is not the recorded one may be another put's of the same bytes: reading tells.
  if (check.kind === 'different' || thorough) return stateOf(() => cold.get(sha, { signal }));
  return 'good';
}

async function tellDamage(
  { events, tenant, clock }: TierIo,
  { sha, project }: HealedObject,
  states: { readonly hot: CopyState; readonly cold: CopyState },
): Promise<void> {
  const ts = isoTime(clock.now());
  for (const tier of ['hot', 'cold'] as const) {
    if (states[tier] !== 'damaged') continue;
    await events.publish([
      {
        ...systemEnvelope(tenant, project, 'repair', ts, sha),
        // Said once an hour at the most, however often it is looked at.
        id: `corrupt-${tier}-${sha}-${Math.floor(clock.now() / 3_600_000)}`,
        type: 'ObjectCorrupt',
        payload: { sha, tier, detail: 'its bytes are not those of its SHA-256' },
      },
    ]);
  }
}
