// Projects as the HTTP API shows them.
import { z } from 'zod';
import { projectNameSchema, shaSchema } from '../model/ids.ts';
import { MAX_PINS } from '../model/pin.ts';
import { evictPolicySchema, projectPolicySchema, retentionSchema } from '../model/policy.ts';
import { relPathSchema } from '../model/rel-path.ts';
import { pageOf } from './page.ts';

export const projectSchema = z
  .strictObject({
    name: projectNameSchema,
    commit: shaSchema.nullable().meta({ description: 'the commit that is current; null before the first' }),
    files: z.int(),
    bytes: z.int().meta({ description: 'of the files that are current, each as often as it is there' }),
    changed_at: z.iso.datetime().nullable(),
    state: z.enum(['in-sync', 'skipping', 'syncing', 'blocked', 'unheard', 'left', 'no-nodes', 'cold']),
    sentence: z.string().meta({ description: 'why it is in that state, for people' }),
    cold_since: z.iso.datetime().nullable().meta({ description: 'when it was taken off hot storage' }),
    to_archive: z.int().meta({ description: 'objects that are not proven in cold yet' }),
    tier_bytes: z.strictObject({ hot: z.int(), cold: z.int() }).nullable().meta({
      description:
        'what each tier stores: the bytes of each content once, however many files have it, with the versions that are kept; so neither is a sum of sizes of files. Content that several projects have is counted for the one that brought it first. cold: as it is stored there, perhaps compressed. null: not known yet',
    }),
  })
  .meta({ id: 'Project' });
export type ApiProject = z.infer<typeof projectSchema>;

export const projectPageSchema = pageOf('ProjectPage', projectSchema);

export const newProjectSchema = z.strictObject({ name: projectNameSchema }).meta({ id: 'NewProject' });

export const policySchema = projectPolicySchema.meta({ id: 'Policy' });

const { durability, conflicts, deactivate, first_read } = projectPolicySchema.shape;
const { keep_all_ms, hourly_ms, daily_ms, weekly_ms, last } = retentionSchema.shape;

/** What is absent stays as it is. */
const policyChangeSchema = z
  .strictObject({
    durability: durability.removeDefault().optional(),
    conflicts: conflicts.removeDefault().optional(),
    deactivate: deactivate.removeDefault().optional(),
    first_read: first_read.removeDefault().optional(),
    evict: z
      .strictObject({
        never: evictPolicySchema.shape.never.removeDefault().optional(),
        idle_ms: z.int().min(0).nullable().optional().meta({ description: 'null: what the servers are set to' }),
      })
      .optional(),
    retention: z
      .strictObject({
        keep_all_ms: keep_all_ms.removeDefault().optional(),
        hourly_ms: hourly_ms.removeDefault().optional(),
        daily_ms: daily_ms.removeDefault().optional(),
        weekly_ms: weekly_ms.removeDefault().optional(),
        last: last.removeDefault().optional(),
      })
      .optional(),
  })
  .meta({ id: 'PolicyChange' });
export type PolicyPatch = z.infer<typeof policyChangeSchema>;

export const projectChangeSchema = z
  .strictObject({
    name: projectNameSchema.optional().meta({ description: 'its name from now on' }),
    policy: policyChangeSchema.optional(),
  })
  .refine(
    ({ name, policy }) => name !== undefined || policy !== undefined,
    'says nothing to change: give name or policy',
  )
  .refine(
    // Two changes cannot be made at once: the first would stay where the second is refused.
    ({ name, policy }) => name === undefined || policy === undefined,
    'says two things to change: give name and policy in a request each',
  )
  .meta({ id: 'ProjectChange' });

export const changedProjectSchema = z
  .strictObject({ name: projectNameSchema, policy: policySchema })
  .meta({ id: 'ChangedProject' });

export const deletedProjectSchema = z
  .strictObject({
    name: projectNameSchema,
    files: z.int(),
    bytes: z.int(),
    deleted_at: z.iso.datetime(),
    kept_until: z.iso.datetime().meta({ description: 'until then it can be brought back' }),
  })
  .meta({ id: 'DeletedProject' });
export const deletedProjectPageSchema = pageOf('DeletedProjectPage', deletedProjectSchema);

const pinPath = z
  .union([relPathSchema, z.literal('')])
  .meta({ description: 'a directory with all below it, or a file; empty: the whole project' });
export const pinSchema = z.strictObject({ path: pinPath, by: z.string(), at: z.iso.datetime() }).meta({ id: 'Pin' });
export const pinsSchema = z.strictObject({ items: z.array(pinSchema) }).meta({ id: 'Pins' });
export const pinAskSchema = z.strictObject({ paths: z.array(pinPath).min(1).max(MAX_PINS) }).meta({ id: 'PinPaths' });
