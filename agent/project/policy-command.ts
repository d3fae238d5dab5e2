// `fs-sync project policy`: shows what a project has decided for itself, and changes what is given.
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
  const changes = changesOf(args);
  return withStores(readConnectSettings(env), 'project', async ({ stores }) => {
    if (!(await readCurrent(stores.index, project))) throw missingProject(project);
    const policy =
      changes.length === 0
        ? await readPolicy(stores.index, project)
        : await changePolicy(stores.index, project, (was) => changes.reduce((next, change) => change(next), was));
    return args.json ? JSON.stringify({ project, policy }) : textOf(policy);
  });
}

type Change = (policy: ProjectPolicy) => ProjectPolicy;

function changesOf({ durability, conflicts, firstRead, evict, evictIdleDays }: PolicyArgs): Change[] {
  const { shape } = projectPolicySchema;
  const changes: Change[] = [];
  if (durability !== undefined) {
    const given = oneOf('--durability', shape.durability.unwrap().options, durability);
    changes.push((policy) => ({ ...policy, durability: given }));
  }
  if (conflicts !== undefined) {
    const given = oneOf('--conflicts', shape.conflicts.unwrap().options, conflicts);
    changes.push((policy) => ({ ...policy, conflicts: given }));
  }
  if (firstRead !== undefined) {
    const given = oneOf('--first-read', shape.first_read.unwrap().options, firstRead);
    changes.push((policy) => ({ ...policy, first_read: given }));
  }
  if (evict !== undefined) {
    const never = oneOf('--evict', ['never', 'by-policy'], evict) === 'never';
    changes.push((policy) => ({ ...policy, evict: { ...policy.evict, never } }));
  }
  if (evictIdleDays !== undefined) {
    const idleMs = evictIdleDays === 'default' ? undefined : daysOf(evictIdleDays) * DAY_MS;
    changes.push((policy) => {
      const { idle_ms: _, ...rest } = policy.evict;
      return { ...policy, evict: idleMs === undefined ? rest : { ...rest, idle_ms: idleMs } };
    });
  }
  return changes;
}

function oneOf<const T extends string>(option: string, accepted: readonly T[], given: string): T {
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

function textOf({ durability, conflicts, first_read, evict }: ProjectPolicy): string {
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
