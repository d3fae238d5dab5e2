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
  /** of a cold one: the job that is to bring it back, named before it is asked for */
  job: z.string().optional(),
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
  await index.put(tierKey(project), encodeTier({ tier, since: isoTime(now) }));
}

export interface TierAt {
  readonly tier: ProjectTier;
  readonly revision: number;
}

export async function seeTier(index: Pick<KeyValue, 'get'>, project: ProjectName): Promise<TierAt | undefined> {
  const entry = await index.get(tierKey(project));
  return entry && { tier: decodeTier(entry), revision: entry.revision };
}

/** @param from  as it was seen
 *  @returns undefined when somebody else has moved it meanwhile */
export async function moveTier(
  index: Pick<KeyValue, 'compareAndSet'>,
  project: ProjectName,
  from: Pick<TierAt, 'revision'>,
  tier: ProjectTier,
): Promise<TierAt | undefined> {
  const outcome = await index.compareAndSet(tierKey(project), encodeTier(tier), from.revision);
  return outcome.kind === 'set' ? { tier, revision: outcome.revision } : undefined;
}

const encodeTier = (tier: ProjectTier): Uint8Array => Buffer.from(JSON.stringify(tier));

/** @throws z.ZodError when a newer version wrote it */
export const decodeTier = ({ value }: Pick<KvEntry, 'value'>): ProjectTier =>
  projectTierSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
