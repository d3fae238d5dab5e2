// What is noted and told of a copy that was read and found damaged, by whoever read it: nobody relies on it from then on, and
// the next archive or repair heals it. One in cold that was read to its end and is good is a copy again.
import { isoTime } from '../model/clock.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { systemEnvelope } from './archive-object.ts';
import type { CopyState } from './copy-state.ts';
import { changeRecord, coldOf, noteDamage, withCold } from './object-records.ts';
import type { TierIo } from './tier-io.ts';

/** @param object.sizeBytes  absent: not known, and then only an event tells of it */
export async function coldIsDamaged(
  tiers: TierIo,
  object: { readonly sha: Sha; readonly sizeBytes?: number | undefined; readonly project: ProjectName | undefined },
): Promise<void> {
  const { sha, sizeBytes } = object;
  if (sizeBytes !== undefined) await noteDamage(tiers.index, { sha, sizeBytes }, tiers.clock.now());
  await tellDamage(tiers, object, { cold: 'damaged' });
}

/** To be asked after a reading to its end. */
export async function coldIsGood(
  { cold, index }: Pick<TierIo, 'cold' | 'index'>,
  { sha, sizeBytes }: { readonly sha: Sha; readonly sizeBytes: number },
): Promise<void> {
  const now = await cold.check(sha, { sizeBytes });
  if (now.kind === 'proven') await changeRecord(index, sha, (was) => was && withCold(was, coldOf(now.proof)));
}

export async function tellDamage(
  { events, tenant, clock }: TierIo,
  { sha, project }: { readonly sha: Sha; readonly project: ProjectName | undefined },
  states: { readonly hot?: CopyState; readonly cold?: CopyState },
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
