// Where a project's files are meant to be: `projects.<name>.tier`. A project without a record is hot.
import { z } from 'zod';
import { isoTime } from '../model/clock.ts';
import type { ProjectName } from '../model/ids.ts';
import { tierKey } from '../model/index-keys.ts';
import type { KeyValue } from '../store/key-value.ts';

export const projectTierSchema = z.strictObject({
  /** `cold`: taken off hot storage; a read brings it back */
  tier: z.enum(['hot', 'cold']),
  since: z.iso.datetime(),
});
export type ProjectTier = z.infer<typeof projectTierSchema>;

/** @returns undefined: it was never taken off */
export async function readTier(index: Pick<KeyValue, 'get'>, project: ProjectName): Promise<ProjectTier | undefined> {
  const entry = await index.get(tierKey(project));
  return entry && projectTierSchema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8')));
}

export async function writeTier(
  index: Pick<KeyValue, 'put'>,
  project: ProjectName,
  tier: ProjectTier['tier'],
  now: number,
): Promise<void> {
  await index.put(tierKey(project), Buffer.from(JSON.stringify({ tier, since: isoTime(now) })));
}
