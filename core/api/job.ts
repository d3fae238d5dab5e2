// Jobs as the HTTP API shows them, which is as their records have them, and what starts one.
import { z } from 'zod';
import { shaSchema } from '../model/ids.ts';
import { type JobKind, jobIdSchema, jobSchema, jobStates, jobTaskSchema } from '../model/job.ts';
import { relPathSchema } from '../model/rel-path.ts';
import { pageOf } from './page.ts';

export const jobKinds = jobTaskSchema.options.map(({ shape }) => shape.kind.value) as [JobKind, ...JobKind[]];

export const jobViewSchema = jobSchema
  .omit({ v: true, runner: true, told: true })
  .extend({ bytes_per_s: z.number().meta({ description: 'mean of its present stage; 0: nothing moves' }) })
  .meta({ id: 'Job' });
export type ApiJob = z.infer<typeof jobViewSchema>;

export const jobPageSchema = pageOf('JobPage', jobViewSchema);

export const jobAskedSchema = z
  .strictObject({
    job: jobIdSchema,
    new: z.boolean().meta({ description: 'false: a job that does the same waits or runs already, and this is it' }),
  })
  .meta({ id: 'JobAsked' });
export type ApiJobAsked = z.infer<typeof jobAskedSchema>;

const count = z.int().min(0);
const part = { path: relPathSchema.optional().meta({ description: 'only what is at or below it; absent: all of it' }) };
const dryRun = (byDefault: boolean, description: string) => z.boolean().default(byDefault).meta({ description });
const dryAtWill = dryRun(false, 'true: only plans; POST jobs/{job}/adopt carries the plan out');
const dryFirst = dryRun(
  true,
  'true: only plans; POST jobs/{job}/adopt carries the plan out. false: done without anybody reading the plan',
);
const atMost = z
  .strictObject({ items: count, bytes: count })
  .optional()
  .meta({ description: 'where more than this would go, nothing is done' });

export const archiveSchema = z.strictObject({ ...part, dry_run: dryAtWill }).meta({ id: 'Archive' });
export const promoteSchema = z
  .strictObject({
    ...part,
    mode: z
      .enum(['fast', 'strict'])
      .default('fast')
      .meta({ description: 'strict: done when every byte was read and verified in hot' }),
    dry_run: dryAtWill,
  })
  .meta({ id: 'Promote' });
export const evictSchema = z.strictObject({ ...part, dry_run: dryFirst, at_most: atMost }).meta({ id: 'Evict' });
export const deactivateSchema = z.strictObject({ dry_run: dryFirst, at_most: atMost }).meta({ id: 'Deactivate' });
export const repairSchema = z.strictObject({ ...part, dry_run: dryAtWill }).meta({ id: 'Repair' });

/** Of all projects. */
export const upkeepSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('archive'), dry_run: dryAtWill }),
    z.strictObject({ kind: z.literal('reconcile'), dry_run: dryAtWill }),
    z.strictObject({
      kind: z.literal('scrub'),
      share: z.number().gt(0).max(1).default(1).meta({ description: 'of all objects; 1: all of them' }),
    }),
    z.strictObject({ kind: z.literal('sweep'), dry_run: dryFirst, at_most: atMost }),
  ])
  .meta({ id: 'Upkeep' });

export const jobFilter = {
  state: z.enum(jobStates).optional(),
  kind: z.enum(jobKinds).optional(),
};

export const deadLetterSchema = z
  .strictObject({
    sha: shaSchema,
    project: z.string().nullable(),
    path: z.string().nullable().meta({ description: 'where a file of the project has it, or had it' }),
    reason: z.string(),
    attempts: count,
    since: z.iso.datetime(),
  })
  .meta({ id: 'DeadLetter' });

export const deadLettersSchema = z
  .strictObject({ items: z.array(deadLetterSchema), count: count.meta({ description: 'of all that there are' }) })
  .meta({ id: 'DeadLetters' });

export const retryDeadSchema = z
  .strictObject({
    which: z
      .union([shaSchema, z.literal('all')], { error: 'give the id of an object, 64 lower-case hex digits; or all' })
      .meta({ description: 'an object, or all of them' }),
  })
  .meta({ id: 'RetryDeadLetters' });
