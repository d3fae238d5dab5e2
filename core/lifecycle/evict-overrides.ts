// What projects say of their own eviction by policy, for the objects that their files have now. Objects belong to no project:
// where several have one, the most careful of them counts, and so every project is asked as soon as one says anything.
import { readCurrent } from '../commit/current.ts';
import { readPolicy } from '../commit/policy.ts';
import { listProjects } from '../commit/project.ts';
import { walkTree } from '../manifest/walk.ts';
import { isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import type { EvictPolicy } from '../model/policy.ts';
import type { TierIo } from '../tier/tier-io.ts';

/** How long an object may be idle, in milliseconds; Infinity: for ever, while hot has room. */
export type IdleRule = number | 'never';

type OverrideIo = Pick<TierIo, 'index' | 'nodes'>;

/** @param idleMs  what the servers are set to; undefined: nothing is too idle
 *  @returns the rule of each object of a project's files; empty when no project says anything of its own */
export async function evictOverrides(io: OverrideIo, idleMs: number | undefined): Promise<ReadonlyMap<Sha, IdleRule>> {
  const rules = new Map<Sha, IdleRule>();
  const policies = await evictPolicies(io);
  if (![...policies.values()].some(saysSomething)) return rules;
  for (const [project, policy] of policies) {
    const at = await readCurrent(io.index, project);
    if (!at) continue;
    const rule = policy.never ? 'never' : (policy.idle_ms ?? idleMs ?? Number.POSITIVE_INFINITY);
    for await (const entry of walkTree(io.nodes, at.current.manifest_sha)) {
      if (isFile(entry)) rules.set(entry.sha, moreCareful(rules.get(entry.sha), rule));
    }
  }
  return rules;
}

/** Whether any project wants its idle files to go: then there is something to do where the servers have no rule. */
export async function anyProjectEvicts(io: Pick<TierIo, 'index'>): Promise<boolean> {
  for (const { never, idle_ms } of (await evictPolicies(io)).values()) if (!never && idle_ms !== undefined) return true;
  return false;
}

async function evictPolicies({ index }: Pick<TierIo, 'index'>): Promise<Map<ProjectName, EvictPolicy>> {
  const policies = new Map<ProjectName, EvictPolicy>();
  for (const project of await listProjects(index)) policies.set(project, (await readPolicy(index, project)).evict);
  return policies;
}

const saysSomething = ({ never, idle_ms }: EvictPolicy): boolean => never || idle_ms !== undefined;

function moreCareful(a: IdleRule | undefined, b: IdleRule): IdleRule {
  if (a === undefined) return b;
  return a === 'never' || b === 'never' ? 'never' : Math.max(a, b);
}
