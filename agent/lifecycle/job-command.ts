// `fs-sync job`: asks for lifecycle jobs and waits for what comes of them, lists them, cancels and repeats them. Servers run
// them; a command only writes the record and reads it.
import { readCurrent } from '../../core/commit/current.ts';
import { cancelJob, listJobs, type RetryOutcome, readJob, requestJob, retryJob } from '../../core/job/jobs.ts';
import { kindAt } from '../../core/manifest/kind-at.ts';
import { InvalidValueError, type ProjectName, parseProjectName, quote } from '../../core/model/ids.ts';
import { jobKey } from '../../core/model/index-keys.ts';
import { isOver, type Job, type JobTask, projectOf } from '../../core/model/job.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Env } from '../../core/settings/env.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { missingProject } from '../job/find-commit.ts';
import { parsePart, readConnectSettings } from '../job/job-settings.ts';
import { thisPerson } from '../job/person.ts';
import { type TenantStores, withStores } from '../job/with-stores.ts';
import { sizeText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';

export interface StartArgs {
  readonly project?: string;
  readonly prefix?: string;
  readonly dryRun?: boolean;
  /** promote only */
  readonly strict?: boolean;
  /** false: only asks for it */
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** What a person can ask for, and what it needs. */
export const STARTABLE = [
  'archive',
  'evict',
  'promote',
  'deactivate',
  'sweep',
  'reconcile',
  'repair',
  'scrub',
] as const;
export type Startable = (typeof STARTABLE)[number];
const NEEDS_PROJECT: readonly Startable[] = ['evict', 'promote', 'deactivate', 'repair'];
const TAKES_PREFIX: readonly Startable[] = ['archive', 'evict', 'promote', 'repair'];

/** The job is over, and it failed or was cancelled. */
export class JobFailedError extends Error {
  override name = 'JobFailedError';
}

/** @returns what to print
 *  @throws JobFailedError with the job's sentence and its failures; InvalidValueError, SettingsError, StoreUnavailableError */
export async function startCommand(kind: string, args: StartArgs, env: Env = process.env): Promise<string> {
  const task = parseTask(kind, args);
  return withJobs(env, async ({ stores, jobs, onRecord }) => {
    const project = projectOf(task);
    if (project !== undefined) await requireThere(stores, project, prefixOf(task));
    const request = { task, actor: thisPerson(), dryRun: args.dryRun ?? false };
    const { job } = await onRecord(
      'job.start',
      { project, path: prefixOf(task), asked: { task, dryRun: request.dryRun } },
      () => requestJob(jobs, request, stores.clock.now()),
      (asked) => ({ job: asked.job.id }),
    );
    if (args.wait === false)
      return args.json ? JSON.stringify(job) : `Asked for job ${job.id}. Look at it: npx fs-sync job show ${job.id}`;
    const ended = await untilOver(jobs, job.id);
    if (args.json) return JSON.stringify(ended);
    if (ended.state !== 'done') throw new JobFailedError(textOf(ended));
    return textOf(ended);
  });
}

/** @throws InvalidValueError */
export function parseTask(kind: string, args: StartArgs): JobTask {
  const startable = STARTABLE.find((one) => one === kind);
  if (startable) return taskOf(startable, args);
  throw new InvalidValueError(`${JSON.stringify(kind)} is no job: give one of ${STARTABLE.join(', ')}`);
}

function taskOf(kind: Startable, { project: name, prefix: path, strict }: StartArgs): JobTask {
  const project = name === undefined ? undefined : parseProjectName(name);
  const prefix = path === undefined ? undefined : parsePart(path);
  if (prefix !== undefined && !(TAKES_PREFIX.includes(kind) && project)) {
    throw new InvalidValueError(`--prefix goes with --project, and with ${TAKES_PREFIX.join(', ')}`);
  }
  if (strict && kind !== 'promote') throw new InvalidValueError('--strict goes with promote');
  const part = prefix === undefined ? {} : { prefix };
  if (project === undefined) {
    if (NEEDS_PROJECT.includes(kind)) throw new InvalidValueError(`${kind} needs --project <name>`);
    if (kind === 'scrub') return { kind, share: 1 };
    if (kind === 'sweep' || kind === 'reconcile' || kind === 'archive') return { kind };
    throw new InvalidValueError(`${kind} needs --project <name>`);
  }
  switch (kind) {
    case 'archive':
    case 'repair':
      return { kind, project, ...part };
    case 'evict':
      return { kind, by: 'hand', project, ...part };
    case 'promote':
      return { kind, mode: strict ? 'strict' : 'fast', project, ...part };
    case 'deactivate':
      return { kind, project };
    default:
      throw new InvalidValueError(`${kind} is for all projects: leave --project out`);
  }
}

const prefixOf = (task: JobTask): RelPath | undefined => ('prefix' in task ? task.prefix : undefined);

/** A job on nothing would say that all is done. */
async function requireThere(stores: TenantStores['stores'], project: ProjectName, prefix?: RelPath): Promise<void> {
  const at = await readCurrent(stores.index, project);
  if (!at) throw missingProject(project);
  if (prefix !== undefined && (await kindAt(stores.nodes, at.current.manifest_sha, prefix)) === 'nothing') {
    throw new InvalidValueError(`${project} has nothing at ${quote(prefix)}: give a file or a directory of it`);
  }
}

export async function untilOver(jobs: KeyValue, id: string): Promise<Job> {
  const looking = new AbortController();
  try {
    for await (const change of jobs.watch(jobKey(id), { signal: looking.signal })) {
      if (change.kind === 'delete') break;
      const at = await readJob(jobs, id);
      if (at && isOver(at.job)) return at.job;
    }
  } finally {
    looking.abort();
  }
  throw new InvalidValueError(`job ${id} was removed while it was waited for`);
}

export async function listCommand(
  args: { readonly limit?: string; readonly before?: string; readonly json?: boolean },
  env: Env = process.env,
): Promise<string> {
  const limit = parseLimit(args.limit);
  return withJobs(env, async ({ jobs }) => {
    if (args.before !== undefined && !(await readJob(jobs, args.before))) throw noJob(args.before);
    const page = await listJobs(jobs, { limit, before: args.before });
    if (args.json) return JSON.stringify(page);
    if (page.jobs.length === 0) return 'There is no job yet. Ask for one: npx fs-sync job start --help';
    const lines = page.jobs.map(lineOf);
    if (page.next !== undefined) lines.push(`There are more: npx fs-sync job list --before ${page.next}`);
    return lines.join('\n');
  });
}

/** @throws InvalidValueError */
export function parseLimit(text = '20'): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new InvalidValueError(`--limit is ${JSON.stringify(text)}: give a number from 1 to 1000`);
}

export function lineOf({ id, task, state, dry_run, created, sentence }: JobShown): string {
  const what = [task.kind, projectOf(task), dry_run ? '(dry run)' : undefined].filter(Boolean).join(' ');
  return `${id}  ${state.padEnd(9)}  ${what}, ${minute(created)}: ${sentence}`;
}

export async function showCommand(
  id: string,
  args: { readonly json?: boolean },
  env: Env = process.env,
): Promise<string> {
  return withJobs(env, async ({ jobs }) => {
    const at = await readJob(jobs, id);
    if (!at) throw noJob(id);
    return args.json ? JSON.stringify(at.job) : textOf(at.job);
  });
}

type Json = { readonly json?: boolean };

export const cancelCommand = (id: string, args: Json = {}, env: Env = process.env): Promise<string> =>
  changing(id, args, env, cancelJob, {
    action: 'job.cancel',
    say: ({ state }) => (state === 'cancelled' ? `Cancelled ${id}.` : `Asked ${id} to stop.`),
    refusal: 'only one that waits or runs can be cancelled',
  });

export const retryCommand = (id: string, args: Json = {}, env: Env = process.env): Promise<string> =>
  changing(id, args, env, retryJob, {
    action: 'job.retry',
    say: ({ id: again, task }) =>
      `Job ${again} does again ${'shas' in task && task.shas ? 'what failed in' : 'all of'} ${id}. Look at it: npx fs-sync job show ${again}`,
    refusal: 'only one that failed or was cancelled is done again; ask for another (npx fs-sync job start)',
  });

async function changing(
  id: string,
  { json }: Json,
  env: Env,
  change: typeof cancelJob | typeof retryJob,
  {
    action,
    say,
    refusal,
  }: { readonly action: 'job.cancel' | 'job.retry'; readonly say: (job: Job) => string; readonly refusal: string },
): Promise<string> {
  return withJobs(env, async ({ stores, jobs, onRecord }) => {
    const outcome: RetryOutcome = await onRecord(action, { job: id }, () =>
      change(jobs, id, thisPerson(), stores.clock.now()),
    );
    if (outcome.kind === 'no-job') throw noJob(id);
    if (outcome.kind === 'refused') throw new InvalidValueError(`job ${id} is ${outcome.state}: ${refusal}`);
    return json ? JSON.stringify(outcome.job) : say(outcome.job);
  });
}

const noJob = (id: string): InvalidValueError =>
  new InvalidValueError(`there is no job ${JSON.stringify(id)}: look at npx fs-sync job list`);

export const withJobs = (env: Env, work: (io: TenantStores) => Promise<string>): Promise<string> =>
  withStores(readConnectSettings(env), 'job', work);

/** `2026-06-01 12:00 UTC` */
export const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;

/** A name with a line break, or with what moves a terminal's cursor, would pass for lines of ours. */
const onOneLine = (text: string): string => (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text) ? shown(text) : text);

export type JobShown = Pick<
  Job,
  'id' | 'task' | 'state' | 'sentence' | 'plan' | 'failures' | 'dry_run' | 'progress' | 'actor' | 'created' | 'cancel'
>;

/** For people: what came of it, what failed, and of a dry run what it would do. */
export function textOf(job: JobShown): string {
  const { id, state, sentence, plan, failures, dry_run, progress, actor, created, cancel } = job;
  const lines = [`${id}  ${state}: ${sentence}`, `  asked for by ${actor.id}, ${minute(created)}`];
  if (cancel) lines.push(`  asked to stop by ${cancel.actor.id}, ${minute(cancel.ts)}`);
  if (state === 'running') {
    const { stage, items, bytes } = progress;
    lines.push(`  ${stage}: ${items.done} of ${items.total}, ${sizeText(bytes.done)} of ${sizeText(bytes.total)}`);
  }
  if (plan && dry_run) {
    for (const { item, bytes, reason } of plan.listed)
      lines.push(`  ${onOneLine(item)} (${sizeText(bytes)}): ${onOneLine(reason)}`);
    if (plan.items > plan.listed.length) lines.push(`  and ${plan.items - plan.listed.length} more`);
  }
  for (const { item, reason } of failures.listed) lines.push(`  ${onOneLine(item)}: ${onOneLine(reason)}`);
  if (failures.count > failures.listed.length)
    lines.push(`  and ${failures.count - failures.listed.length} more failed`);
  if (failures.count > 0) lines.push(`  Do these again: npx fs-sync job retry ${id}`);
  return lines.join('\n');
}
