// A change of a project's policy, as the HTTP API and the command line take it: what is not given stays as it is.
import type { ProjectPolicy } from '../model/policy.ts';
import type { PolicyPatch } from './project.ts';

export function patchedPolicy(now: ProjectPolicy, { evict, retention, ...rest }: PolicyPatch): ProjectPolicy {
  const { idle_ms, ...evicted } = { ...now.evict, ...given(evict) };
  return {
    ...now,
    ...given(rest),
    evict: { ...evicted, ...(typeof idle_ms === 'number' && { idle_ms }) },
    retention: { ...now.retention, ...given(retention) },
  };
}

const given = <T extends object>(fields: T | undefined) =>
  Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== undefined));
