// `fs-sync project policy`: shows what a project has decided for itself, and changes what is given.
import { patchedPolicy } from '../../core/api/policy-patch.ts';
import type { PolicyPatch } from '../../core/api/project.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { changePolicy, readPolicy } from '../../core/commit/policy.ts';
import { InvalidValueError, parseProjectName, quote } from '../../core/model/ids.ts';
import { type ProjectPolicy, projectPolicySchema } from '../../core/model/policy.ts';
import type { Env } from '../../core/settings/env.ts';
import { missingProject } from '../job/find-commit.ts';
import { readConnectSettings } from '../job/job-settings.ts';
import { withStores } from '../job/with-stores.ts';

export interface PolicyArgs {
  readonly durability?: string;
  readonly conflicts?: string;
  readonly firstRead?: string;
  readonly evict?: string;
  readonly evictIdleDays?: string;
  readonly json?: boolean;
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 36_500;

/** @returns what to print
 *  @throws InvalidValueError, SettingsError, StoreUnavailableError */
export async function policyCommand(name: string, args: PolicyArgs, env: Env = process.env): Promise<string> {
  const project = parseProjectName(name);
  const patch = patchOf(args);
  const { json: _, ...asked } = args;
  return withStores(readConnectSettings(env), 'project', async ({ stores, onRecord }) => {
    if (!(await readCurrent(stores.index, project))) throw missingProject(project);
    const policy =
      patch === undefined
        ? await readPolicy(stores.index, project)
        : await onRecord('policy.change', { project, asked }, () =>
            changePolicy(stores.index, project, (was) => patchedPolicy(was, patch)),
          );
    return args.json ? JSON.stringify({ project, policy }) : textOf(policy);
  });
}

/** @returns undefined: nothing is to change
 *  @throws InvalidValueError */
export function patchOf({
  durability,
  conflicts,
  firstRead,
  evict,
  evictIdleDays,
}: PolicyArgs): PolicyPatch | undefined {
  if ([durability, conflicts, firstRead, evict, evictIdleDays].every((given) => given === undefined)) return undefined;
  const { shape } = projectPolicySchema;
  return {
    durability: oneOf('--durability', shape.durability.unwrap().options, durability),
    conflicts: oneOf('--conflicts', shape.conflicts.unwrap().options, conflicts),
    first_read: oneOf('--first-read', shape.first_read.unwrap().options, firstRead),
    evict: {
      never: evict === undefined ? undefined : oneOf('--evict', ['never', 'by-policy'], evict) === 'never',
      idle_ms: evictIdleDays === undefined ? undefined : idleOf(evictIdleDays),
    },
  };
}

const idleOf = (days: string): number | null => (days === 'default' ? null : daysOf(days) * DAY_MS);

function oneOf<const T extends string>(
  option: string,
  accepted: readonly T[],
  given: string | undefined,
): T | undefined {
  if (given === undefined) return undefined;
  const found = accepted.find((one) => one === given);
  if (found === undefined)
    throw new InvalidValueError(`${option} is ${quote(given)}: give one of ${accepted.join(', ')}`);
  return found;
}

function daysOf(given: string): number {
  const days = given.trim() === '' ? Number.NaN : Number(given);
  if (!(Number.isInteger(days) && days >= 1 && days <= MOST_DAYS)) {
    throw new InvalidValueError(
      `--evict-idle-days is ${quote(given)}: give a whole number from 1 to ${MOST_DAYS}, or default for what the servers are set to`,
    );
  }
  return days;
}

export function textOf({ durability, conflicts, first_read, evict }: ProjectPolicy): string {
  const days = evict.idle_ms === undefined ? undefined : Math.round(evict.idle_ms / DAY_MS);
  const rows = {
    durability:
      durability === 'fast' ? 'fast: committed in hot, archived behind' : 'strict: in cold before it is current',
    conflicts:
      conflicts === 'last-writer' ? 'last-writer: the loser is in history' : 'keep-both: the loser is beside it too',
    'first-read':
      first_read === 'promote' ? 'promote: brings all of a cold project back' : 'object: brings back only what is read',
    evict: evict.never ? 'never: stays in hot' : 'by-policy: leaves hot when it is idle, or hot is full',
    'evict-idle-days': days === undefined ? 'default: what the servers are set to' : String(days),
  };
  return Object.entries(rows)
    .map(([name, value]) => `${name.padEnd(16)} ${value}`)
    .join('\n');
}
