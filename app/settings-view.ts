// What pages see of settings, and what they ask: a project's policies can be changed, what a server was started with is only
// shown, with the name of the variable that sets it.
import type { PolicyChange, PolicyChangeOutcome } from '../core/commit/policy-change.ts';
import type { Actor } from '../core/model/commit.ts';
import type { ProjectName } from '../core/model/ids.ts';
import type { JobTask } from '../core/model/job.ts';
import type { ProjectPolicy } from '../core/model/policy.ts';

export interface ShownSetting {
  /** of the environment variable */
  readonly name: string;
  /** null: it is not set */
  readonly value: string | null;
  /** what it does, and what holds where it is not set */
  readonly about: string;
}

export interface ServerShown {
  readonly version: string;
  readonly startedAt: number;
  readonly groups: readonly { readonly word: string; readonly settings: readonly ShownSetting[] }[];
  /** jobs that come by themselves */
  readonly schedules: readonly { readonly task: JobTask; readonly everyMs: number }[];
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

export interface SettingsQueries {
  /** of each project */
  policies(): Promise<ReadonlyMap<ProjectName, ProjectPolicy>>;
  server(): Promise<ServerShown>;
}

export interface PolicyCommands {
  /** @throws StoreUnavailableError  whether it was done is unknown, and it may be sent again */
  changePolicy(actor: Actor, project: ProjectName, change: PolicyChange): Promise<PolicyChangeOutcome>;
}
