// Reads and changes a project's policy; a change is a compare-and-swap, so that two people's changes both hold.
import type { ProjectName } from '../model/ids.ts';
import { policyKey } from '../model/index-keys.ts';
import { DEFAULT_POLICY, type ProjectPolicy, projectPolicySchema } from '../model/policy.ts';
import type { KeyValue } from '../store/key-value.ts';

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
    if (outcome.kind === 'set') return next;
  }
}

export function decodePolicy(value: Uint8Array): ProjectPolicy {
  return projectPolicySchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
}
