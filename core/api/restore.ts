// A restore as the HTTP API takes it: what would be done first, and then that and no other.
import { z } from 'zod';
import { shaSchema } from '../model/ids.ts';
import { relPathSchema } from '../model/rel-path.ts';

export const newRestoreSchema = z
  .strictObject({
    to: shaSchema.meta({ description: 'the commit whose state comes back' }),
    path: relPathSchema.optional().meta({ description: 'a file or a directory; absent: the whole project' }),
    plan: shaSchema
      .optional()
      .meta({ description: '`digest` of the plan that you have read: another one is not carried out. Absent: any is' }),
    dry_run: z.boolean().default(false).meta({ description: 'answers with the plan, and changes nothing' }),
  })
  .meta({ id: 'NewRestore' });

export const restorePlanSchema = z
  .strictObject({
    to: shaSchema,
    digest: shaSchema.meta({ description: 'give it as `plan`' }),
    ...{ added: z.int(), updated: z.int(), removed: z.int(), put_bytes: z.int(), gone_bytes: z.int() },
    is_more: z.boolean().meta({ description: 'more would change than is counted here' }),
    paths: z
      .array(
        z.strictObject({
          kind: z.enum(['added', 'updated', 'removed']),
          path: relPathSchema,
          size: z.int().nullable().meta({ description: 'null: a directory' }),
        }),
      )
      .meta({ description: 'the first of them' }),
    only_cold: z
      .strictObject({ files: z.int(), bytes: z.int() })
      .meta({ description: 'of what comes back: what comes from cold before' }),
    lost: z.array(relPathSchema).meta({ description: 'the first whose bytes no tier has: it would be refused' }),
  })
  .meta({ id: 'RestorePlan' });
export type ApiRestorePlan = z.infer<typeof restorePlanSchema>;
