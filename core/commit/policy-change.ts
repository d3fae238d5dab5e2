// Changes a project's policy, each field from the value that the person saw. So two people who change different fields at once
// both have theirs, and who would overwrite what was never seen is told instead.
import { canonicalJson } from '../model/canonical-json.ts';
import type { ProjectName } from '../model/ids.ts';
import type { ProjectPolicy } from '../model/policy.ts';
import type { KeyValue } from '../store/key-value.ts';
import { readCurrent } from './current.ts';
import { changePolicy } from './policy.ts';

export const policyFields = ['durability', 'conflicts', 'deactivate', 'evict', 'first_read', 'retention'] as const;
export type PolicyField = (typeof policyFields)[number];

export type PolicyChangeOutcome =
  | { readonly kind: 'policy-changed'; readonly policy: ProjectPolicy }
  /** it was so already */
  | { readonly kind: 'policy-unchanged'; readonly policy: ProjectPolicy }
  /** nothing was changed: somebody else has changed these fields since */
  | { readonly kind: 'policy-moved'; readonly policy: ProjectPolicy; readonly fields: readonly PolicyField[] }
  | { readonly kind: 'no-project' };

export interface PolicyChange {
  readonly seen: ProjectPolicy;
  readonly next: ProjectPolicy;
}

/** @throws StoreUnavailableError */
export async function changePolicyFrom(
  index: KeyValue,
  project: ProjectName,
  { seen, next }: PolicyChange,
): Promise<PolicyChangeOutcome> {
  if (!(await readCurrent(index, project))) return { kind: 'no-project' };
  let moved: readonly PolicyField[] = [];
  let wanted: readonly PolicyField[] = [];
  const policy = await changePolicy(index, project, (now) => {
    wanted = policyFields.filter((field) => differs(field, next, seen) && differs(field, next, now));
    moved = wanted.filter((field) => differs(field, now, seen));
    if (moved.length > 0) return now;
    return { ...now, ...Object.fromEntries(wanted.map((field) => [field, next[field]])) };
  });
  if (moved.length > 0) return { kind: 'policy-moved', policy, fields: moved };
  return { kind: wanted.length > 0 ? 'policy-changed' : 'policy-unchanged', policy };
}

const differs = (field: PolicyField, a: ProjectPolicy, b: ProjectPolicy): boolean =>
  canonicalJson(a[field]) !== canonicalJson(b[field]);
