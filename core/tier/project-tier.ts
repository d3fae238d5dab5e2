// Where a project's files are meant to be: `projects.<name>.tier`. A project without a record is hot.
import { z } from 'zod';
import { isoTime } from '../model/clock.ts';
import type { ProjectName } from '../model/ids.ts';
import { tierKey } from '../model/index-keys.ts';
import type { KeyValue, KvEntry } from '../store/key-value.ts';

export const projectTierSchema = z.strictObject({
  /** `cold`: taken off hot storage; a read brings it back */
  tier: z.enum(['hot', 'cold']),
  since: z.iso.datetime(),
});
export type ProjectTier = z.infer<typeof projectTierSchema>;

/** @returns undefined: it was never taken off */
export async function readTier(index: Pick<KeyValue, 'get'>, project: ProjectName): Promise<ProjectTier | undefined> {
  const entry = await index.get(tierKey(project));
  return entry && decodeTier(entry);
}

export async function writeTier(
  index: Pick<KeyValue, 'put'>,
  project: ProjectName,
  tier: ProjectTier['tier'],
  now: number,
): Promise<void> {
  await index.put(tierKey(project), encodeTier(tier, now));
}

/** Says that it is hot again, where it is cold and nobody else says so first.
 *  @param may  asked only of one that is cold */
export async function takeBackToHot(
  index: Pick<KeyValue, 'get' | 'compareAndSet'>,
  project: ProjectName,
  now: number,
  may: () => Promise<boolean>,
): Promise<boolean> {
  const entry = await index.get(tierKey(project));
  if (!entry || decodeTier(entry).tier !== 'cold' || !(await may())) return false;
  const outcome = await index.compareAndSet(tierKey(project), encodeTier('hot', now), entry.revision);
  return outcome.kind === 'set';
}

const encodeTier = (tier: ProjectTier['tier'], now: number): Uint8Array =>
  Buffer.from(JSON.stringify({ tier, since: isoTime(now) }));

/** @throws z.ZodError when a newer version wrote it */
export const decodeTier = ({ value }: Pick<KvEntry, 'value'>): ProjectTier =>
  projectTierSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
