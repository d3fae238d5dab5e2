// Reads and changes a project's policy; a change is a compare-and-swap, so that two people's changes both hold. How durable a
// commit has to be is carried by `current` too, where every committer sees it without asking.
import type { Current } from '../model/commit.ts';
import type { ProjectName } from '../model/ids.ts';
import { currentKey, policyKey } from '../model/index-keys.ts';
import { DEFAULT_POLICY, type ProjectPolicy, projectPolicySchema } from '../model/policy.ts';
import type { KeyValue } from '../store/key-value.ts';
import { encodeCurrent, readCurrent } from './current.ts';

export async function readPolicy(index: Pick<KeyValue, 'get'>, project: ProjectName): Promise<ProjectPolicy> {
  const entry = await index.get(policyKey(project));
  return entry ? decodePolicy(entry.value) : DEFAULT_POLICY;
}

export async function changePolicy(
  index: KeyValue,
  project: ProjectName,
  change: (policy: ProjectPolicy) => ProjectPolicy,
): Promise<ProjectPolicy> {
  for (;;) {
    const entry = await index.get(policyKey(project));
    const next = projectPolicySchema.parse(change(entry ? decodePolicy(entry.value) : DEFAULT_POLICY));
    const bytes = Buffer.from(JSON.stringify(next));
    const outcome = await index.compareAndSet(policyKey(project), bytes, entry?.revision ?? 0);
    if (outcome.kind === 'set') {
      await carryDurability(index, project);
      return next;
    }
  }
}

/** A change that was cut off before this is completed when it is said again. Of changes at once, whoever moves `current` last
 *  reads the policy once more after that, so that `current` ends up as the policy has it. */
async function carryDurability(index: KeyValue, project: ProjectName): Promise<void> {
  for (;;) {
    const at = await readCurrent(index, project);
    if (!at) return;
    // In this order: a policy that was read before `current` may be older than what `current` says.
    const isStrict = (await readPolicy(index, project)).durability === 'strict';
    if ((at.current.strict ?? false) === isStrict) return;
    const { strict: _, ...rest } = at.current;
    const next: Current = isStrict ? { ...rest, strict: true } : rest;
    await index.compareAndSet(currentKey(project), encodeCurrent(next), at.revision);
  }
}

export function decodePolicy(value: Uint8Array): ProjectPolicy {
  return projectPolicySchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
}
