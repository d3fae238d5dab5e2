// The record of a job: one run of a lifecycle task, from its request to its outcome. The record is all that there is of a
// job; who runs it, how far it is and whether it is to stop are fields of it, moved by compare-and-swap.
import { z } from 'zod';
import { actorSchema } from './commit.ts';
import { type ProjectName, projectNameSchema, shaSchema } from './ids.ts';
import { type RelPath, relPathSchema } from './rel-path.ts';

/** Paths that a task names, and all of their text: its record has to fit into one message. */
export const MAX_TASK_PATHS = 1_000;
export const MAX_TASK_PATH_LETTERS = 200_000;
const pathsSchema = z
  .array(relPathSchema)
  .min(1)
  .max(MAX_TASK_PATHS)
  .refine((paths) => paths.reduce((sum, { length }) => sum + length, 0) <= MAX_TASK_PATH_LETTERS, 'too long together');

/** A project, what is at or below a path of it or some paths, or single objects. */
const scope = {
  project: projectNameSchema.optional(),
  prefix: relPathSchema.optional(),
  paths: pathsSchema.optional(),
  shas: z.array(shaSchema).max(10_000).optional(),
};
const inProject = { ...scope, project: projectNameSchema };

/** What is to be done, by kind. */
export const jobTaskSchema = z.discriminatedUnion('kind', [
  /** copies to cold what is not proven there yet */
  z.strictObject({ kind: z.literal('archive'), ...scope }),
  /** compares the index with what cold really has */
  z.strictObject({ kind: z.literal('reconcile') }),
  /** by hand: all in its scope. By policy: what idle time and the water marks say */
  z.strictObject({ kind: z.literal('evict'), ...scope, by: z.enum(['hand', 'policy']) }),
  z.strictObject({ kind: z.literal('promote'), ...inProject, mode: z.enum(['strict', 'fast']) }),
  /** archives, takes the workspaces off their nodes, evicts */
  z.strictObject({ kind: z.literal('deactivate'), project: projectNameSchema }),
  z.strictObject({ kind: z.literal('sweep') }),
  z.strictObject({ kind: z.literal('repair'), ...inProject }),
  /** A project, or a path with all below it, becomes again what it was at a commit, by a commit of its own. `plan`: the digest
   *  of the plan that a person has read; another one is not carried out. */
  z.strictObject({
    kind: z.literal('restore'),
    project: projectNameSchema,
    prefix: relPathSchema.optional(),
    to: shaSchema,
    plan: shaSchema.optional(),
  }),
  /** reads a share of all objects again, in hot and in cold */
  z.strictObject({ kind: z.literal('scrub'), share: z.number().gt(0).max(1) }),
]);
export type JobTask = z.infer<typeof jobTaskSchema>;
export type JobKind = JobTask['kind'];
export type TaskOf<K extends JobKind> = Extract<JobTask, { kind: K }>;

/** A task that can be narrowed to single objects. */
export type ScopedTask = TaskOf<'archive' | 'evict' | 'promote' | 'repair'>;
const scoped: readonly JobKind[] = ['archive', 'evict', 'promote', 'repair'];
export const isScoped = (task: JobTask): task is ScopedTask => scoped.includes(task.kind);
/** @returns the files and directories that the task is narrowed to; undefined: all of its project */
export function partsOf(task: JobTask): readonly RelPath[] | undefined {
  if ('prefix' in task && task.prefix !== undefined) return [task.prefix];
  if (!isScoped(task)) return undefined;
  return task.paths ?? (task.shas === undefined ? undefined : []);
}

/** @returns the project that the task is about, where it is about one */
export const projectOf = (task: JobTask): ProjectName | undefined => ('project' in task ? task.project : undefined);

const count = z.int().min(0);
const amount = z.strictObject({ done: count, total: count });

export const jobProgressSchema = z.strictObject({
  /** what it does now, e.g. "proving copies" */
  stage: z.string().max(200),
  items: amount,
  bytes: amount,
});
export type JobProgress = z.infer<typeof jobProgressSchema>;

/** The record lists so many failures and counts the rest. */
export const MAX_LISTED_FAILURES = 200;
const MAX_REASON = 300;

export const jobFailureSchema = z.strictObject({
  /** an object's sha or a path */
  item: z.string().max(4_200),
  sha: shaSchema.optional(),
  reason: z.string().max(MAX_REASON),
});
export type JobFailure = z.infer<typeof jobFailureSchema>;

/** What a dry run would do; the record lists the first of it. */
export const MAX_LISTED_PLAN = 500;
export const jobPlanSchema = z.strictObject({
  items: count,
  bytes: count,
  listed: z
    .array(z.strictObject({ item: z.string().max(4_200), bytes: count, reason: z.string().max(MAX_REASON) }))
    .max(MAX_LISTED_PLAN),
});
export type JobPlan = z.infer<typeof jobPlanSchema>;
export type PlannedItem = JobPlan['listed'][number];

export const jobStates = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

export const jobIdSchema = z.string().regex(/^[a-z0-9-]{1,80}$/);

export const jobSchema = z.strictObject({
  v: z.literal(1),
  id: jobIdSchema,
  task: jobTaskSchema,
  /** plans only, and changes nothing */
  dry_run: z.boolean(),
  actor: actorSchema,
  created: z.iso.datetime(),
  state: z.enum(jobStates),
  /** how often somebody began to run it */
  attempts: count,
  /** not before; after a failure that time mends */
  retry_at: z.iso.datetime().optional(),
  /** who runs it; whoever is silent for long enough has lost it */
  runner: z.string().max(200).optional(),
  started: z.iso.datetime().optional(),
  ended: z.iso.datetime().optional(),
  /** asked to stop */
  cancel: z.strictObject({ actor: actorSchema, ts: z.iso.datetime() }).optional(),
  progress: jobProgressSchema,
  failures: z.strictObject({ count, listed: z.array(jobFailureSchema).max(MAX_LISTED_FAILURES) }),
  plan: jobPlanSchema.optional(),
  /** how much the person who asked had read that it takes away: more is not done */
  seen: z.strictObject({ items: count, bytes: count }).optional(),
  /** what it made of its project */
  commit_sha: shaSchema.optional(),
  /** one sentence for people: what came of it, or why it waits */
  sentence: z.string().max(1_000),
  /** the job whose failed items it does again */
  retry_of: z.string().optional(),
  /** the job that does this one again */
  retried: z.string().optional(),
  /** its end is in the event stream */
  told: z.boolean(),
});
export type Job = z.infer<typeof jobSchema>;

export const isOver = ({ state }: Pick<Job, 'state'>): boolean =>
  state === 'done' || state === 'failed' || state === 'cancelled';

export const NO_PROGRESS: JobProgress = { stage: '', items: { done: 0, total: 0 }, bytes: { done: 0, total: 0 } };
export const NO_FAILURES: Job['failures'] = { count: 0, listed: [] };

export const cutReason = (reason: string): string =>
  reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON - 1)}…` : reason;

export const encodeJob = (job: Job): Uint8Array => Buffer.from(JSON.stringify(jobSchema.parse(job)));

/** @throws z.ZodError when a newer version wrote it */
export const decodeJob = (value: Uint8Array): Job => jobSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
