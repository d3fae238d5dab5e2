// In which tiers objects are, for the pages: many at once as the events told it, and asked of the stores where no event has
// (yet), because not knowing of an object says nothing of where it is.
import type { ObjectDetail, Tiers } from '../app/file-view.ts';
import type { Sha } from '../core/model/ids.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import { readRecord } from '../core/tier/object-records.ts';
import type { ReadModel } from './read-model/read-model.ts';

export interface ObjectTiersIo {
  readonly readModel: Pick<ReadModel, 'tiersOf'>;
  readonly hot: Pick<ObjectStore, 'stat'>;
  readonly index: Pick<KeyValue, 'get'>;
}

export const NOWHERE: Tiers = { hot: false, cold: null };

export async function tiersOf(io: ObjectTiersIo, shas: readonly Sha[]): Promise<ReadonlyMap<Sha, Tiers>> {
  const tiers = io.readModel.tiersOf(shas);
  const untold = [...new Set(shas)].filter((sha) => !tiers.has(sha));
  await Promise.all(untold.map(async (sha) => tiers.set(sha, await tiersNow(io, sha))));
  return tiers;
}

/** One object's tiers, asked of the stores and not of the read model. */
export async function tiersNow(io: Omit<ObjectTiersIo, 'readModel'>, sha: Sha): Promise<Tiers> {
  return (await objectNow(io, sha))?.tiers ?? NOWHERE;
}

/** @returns undefined when no tier has it */
export async function objectNow(
  { hot, index }: Omit<ObjectTiersIo, 'readModel'>,
  sha: Sha,
): Promise<ObjectDetail | undefined> {
  const [stat, record] = await Promise.all([hot.stat(sha), readRecord(index, sha)]);
  const cold = record?.cold && {
    bucket: record.cold.bucket,
    key: record.cold.key,
    verifiedAt: Date.parse(record.cold.verified_at),
    ...(record.cold.stored && { storedBytes: record.cold.stored.size }),
  };
  const damagedAt = record?.cold_damaged;
  const tiers: Tiers = {
    hot: stat.kind === 'present',
    cold: cold ?? null,
    ...(damagedAt === undefined ? {} : { coldDamagedAt: Date.parse(damagedAt) }),
  };
  if (stat.kind === 'present') return { sizeBytes: stat.sizeBytes, tiers };
  return record && (cold || damagedAt !== undefined) ? { sizeBytes: record.size, tiers } : undefined;
}
