// What the settings pages ask of the server: policies of projects as they are now, what this server was started with, how
// what it needs is; and the change of a policy.
import type { PolicyCommands, ServerShown, SettingsQueries } from '../app/settings-view.ts';
import { readPolicy } from '../core/commit/policy.ts';
import { changePolicyFrom } from '../core/commit/policy-change.ts';
import { listProjects } from '../core/commit/project.ts';
import { policyKey } from '../core/model/index-keys.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import type { Health } from './health.ts';
import type { ServerSettings } from './settings.ts';
import { shownSettings, version } from './shown-settings.ts';

export interface SettingsIo {
  readonly index: KeyValue;
  readonly health: Pick<Health, 'check'>;
  readonly settings: ServerSettings;
  readonly schedules: ServerShown['schedules'];
  /** milliseconds since 1970 */
  readonly startedAt: number;
}

export function settingsQueries({ index, health, settings, schedules, startedAt }: SettingsIo): SettingsQueries {
  const groups = shownSettings(settings);
  return {
    async policies() {
      const names = await listProjects(index);
      return new Map(await Promise.all(names.map(async (name) => [name, await readPolicy(index, name)] as const)));
    },
    server: async () => ({ version, startedAt, groups, schedules, checks: await health.check() }),
  };
}

/** Policies change here, by a command line, or on another server: the index tells of all of these. Runs until the signal aborts. */
export async function followPolicies(
  index: Pick<KeyValue, 'watch'>,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  for await (const change of index.watch(policyKey('*'), { signal })) if (change.kind !== 'caught-up') changed();
}

export const policyCommands = (index: KeyValue): PolicyCommands => ({
  changePolicy: (_, project, change) => changePolicyFrom(index, project, change),
});
